import { readFileSync } from 'node:fs';
import { TopologyError, VnetperfError } from '../../errors.js';
import { CommandError, runCommand } from '../../platform/run-command.js';
import { processesBehind } from './engine-process.js';
import type { EngineAddress } from './place.js';

const INSPECT_TIMEOUT_MS = 10_000;

/** The engine's command line up to its own words: `docker -H unix:///run/docker.sock`. */
export function engineCommand({ program, host }: EngineAddress): [string, ...string[]] {
  if (host === undefined) return [program];
  return program === 'docker' ? ['docker', '-H', host] : ['podman', '--url', host];
}

/**
 * The process that a container is, as this machine numbers it. Throws VnetperfError ERR_COMMAND_MISSING,
 * ERR_ENGINE_UNREACHABLE, ERR_NO_PERMISSION, ERR_NO_SUCH_PLACE, ERR_PLACE_ENDED, ERR_PLACE_ELSEWHERE or ERR_INTERRUPTED.
 */
export async function containerProcess(
  engine: EngineAddress,
  container: string,
  signal?: AbortSignal,
): Promise<number> {
  const { status, pid, id } = await inspect(engine, container, signal);
  if (!(pid > 0)) {
    throw new TopologyError(`the container ${container} does not run (its state is ${status})`, {
      code: 'ERR_PLACE_ENDED',
      remedy: `Start it with: ${engineCommand(engine).join(' ')} start ${container}`,
    });
  }
  // Its number says nothing of where: an engine on another machine, or in a virtual one, counts by its own /proc.
  if (isOfContainer(pid, id)) return pid;
  const process = (await processesBehind(engine, pid)).find((candidate) => isOfContainer(candidate, id));
  if (process === undefined) {
    throw new TopologyError(
      `process ${pid} on this machine is not the container ${container}: its engine runs on another machine, in a virtual one, or behind a PID namespace that cannot be seen from here`,
      { code: 'ERR_PLACE_ELSEWHERE', remedy: 'Run vnetperf where the engine itself runs.' },
    );
  }
  return process;
}

async function inspect(
  engine: EngineAddress,
  container: string,
  signal: AbortSignal | undefined,
): Promise<{ status: string; pid: number; id: string }> {
  const format = '{{.State.Status}} {{.State.Pid}} {{.Id}}';
  const argv = [...engineCommand(engine), 'container', 'inspect', '--format', format, container] as const;
  try {
    const bounds = { timeoutMs: INSPECT_TIMEOUT_MS, signal };
    const { stdout } = await runCommand(argv as unknown as [string, ...string[]], bounds);
    const [status = '', pid = '', id = ''] = stdout.trim().split(' ');
    return { status, pid: Number(pid), id };
  } catch (error) {
    throw engineTrouble(error, engine, container);
  }
}

function engineTrouble(error: unknown, engine: EngineAddress, container: string): unknown {
  const at = engine.host === undefined ? '' : ` at ${engine.host}`;
  const command = engineCommand(engine).join(' ');
  if (error instanceof VnetperfError && error.code === 'ERR_COMMAND_TIMEOUT') {
    return new TopologyError(
      `the engine of ${engine.program}${at} has not answered in ${INSPECT_TIMEOUT_MS / 1000} s`,
      {
        code: 'ERR_ENGINE_UNREACHABLE',
        remedy: `See whether this ends: ${command} ps`,
        cause: error,
      },
    );
  }
  if (!(error instanceof CommandError)) return error;
  const said = error.stderr;
  if (/no such (container|object)/i.test(said)) {
    return new TopologyError(`${engine.program}${at} has no container ${container}`, {
      code: 'ERR_NO_SUCH_PLACE',
      remedy: `Those that run are listed by: ${command} ps`,
      cause: error,
    });
  }
  if (/permission denied/i.test(said)) {
    return new TopologyError(`this user may not talk to the engine of ${engine.program}${at}`, {
      code: 'ERR_NO_PERMISSION',
      remedy: 'Run vnetperf as root.',
      cause: error,
    });
  }
  if (/cannot connect|daemon running|connection refused|no such file or directory|no such host/i.test(said)) {
    return new TopologyError(`no engine of ${engine.program} answers${at}`, {
      code: 'ERR_ENGINE_UNREACHABLE',
      remedy: 'Start it, or say with --docker-host where it listens, for example unix:///run/docker.sock.',
      cause: error,
    });
  }
  return error;
}

/** Engines put the container's id into the names of its control groups, and of the files they mount into it. */
function isOfContainer(pid: number, id: string): boolean {
  for (const file of ['cgroup', 'mountinfo']) {
    try {
      if (readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(id)) return true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EACCES') return false;
      throw new TopologyError(`this user may not look at process ${pid} of another user`, {
        code: 'ERR_NO_PERMISSION',
        remedy: 'Run vnetperf as root.',
        cause,
      });
    }
  }
  return false;
}
