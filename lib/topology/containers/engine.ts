import { TopologyError, VnetperfError } from '../../errors.js';
import { loadNative } from '../../platform/load-native.js';
import type { NativeSystemError } from '../../platform/native.js';
import { CommandError, commandMissing, locateCommand, runCommand } from '../../platform/run-command.js';
import type { ResolvedOptions } from '../options.js';
import { engineCommand } from '../places/container-process.js';
import { configuredHost, socketPath } from '../places/engine-process.js';
import type { EngineAddress, NamespaceSource } from '../places/place.js';
import type { Command } from '../plan.js';
import { dialectOf } from './engine-dialect.js';
import { engineError, engineUnreachable } from './engine-errors.js';

const QUESTION_TIMEOUT_MS = 10_000;

/** An engine on this machine that answers. */
export interface ContainerEngine {
  /** Of the network that is to be built on it, for sentences. */
  kind: string;
  address: EngineAddress;
  /** The network its bridges, published ports and host-mode containers are in. */
  namespace: NamespaceSource;
  /** As GOARCH has it: `amd64`. */
  architecture: string;
  /** Aborting ends whatever it is being asked. */
  signal: AbortSignal | undefined;
}

/**
 * Finds the engine that was asked for, and where its network is. Throws VnetperfError ERR_COMMAND_MISSING,
 * ERR_NO_PERMISSION, ERR_ENGINE_UNREACHABLE, ERR_ENGINE_ELSEWHERE or ERR_INTERRUPTED.
 */
export async function reachEngine(
  kind: string,
  { engine: program = 'docker', engineHost: host }: Pick<ResolvedOptions, 'engine' | 'engineHost'>,
  signal?: AbortSignal,
): Promise<ContainerEngine> {
  const address: EngineAddress = { program, host };
  if (locateCommand(program) === undefined) throw commandMissing(program, kind);
  if (process.geteuid?.() !== 0) {
    throw new TopologyError(`${kind} enters the networks of containers, and this process may not`, {
      code: 'ERR_NO_PERMISSION',
      remedy: 'Run vnetperf as root.',
    });
  }
  const namespace = program === 'docker' ? await dockerNamespace(kind, address, signal) : ({ type: 'host' } as const);
  const asked = { kind, address, namespace, architecture: '', signal };
  const answer = await askEngine(asked, dialectOf(address).architecture);
  return { ...asked, architecture: answer.trim().replace(/^linux\//, '') };
}

/** One command of the engine's that changes nothing; what it printed. */
export async function askEngine({ kind, address, signal }: ContainerEngine, words: readonly string[]): Promise<string> {
  try {
    const argv: [string, ...string[]] = [...engineCommand(address), ...words];
    return (await runCommand(argv, { timeoutMs: QUESTION_TIMEOUT_MS, signal })).stdout;
  } catch (cause) {
    if (cause instanceof VnetperfError && cause.code === 'ERR_COMMAND_TIMEOUT') {
      const where = address.host ?? 'its usual place';
      throw engineUnreachable(kind, address, where, `no answer in ${QUESTION_TIMEOUT_MS / 1000} s`, { cause });
    }
    if (!(cause instanceof CommandError)) throw cause;
    throw engineError(kind, address, cause.stderr, cause) ?? cause;
  }
}

/** A command of the engine's for a plan. */
export function engineStep({ address }: ContainerEngine, ...words: string[]): Command {
  return [...engineCommand(address), ...words];
}

/** Whoever listens on the engine's socket is the engine, or what starts it, in the same network. */
async function dockerNamespace(
  kind: string,
  address: EngineAddress,
  signal: AbortSignal | undefined,
): Promise<NamespaceSource> {
  const host = address.host ?? (await configuredHost(signal));
  const path = socketPath(host);
  if (path === undefined) {
    throw new TopologyError(
      `${kind} needs an engine on this machine, and docker's listens at ${host}: the networks of its containers cannot be entered from here`,
      {
        code: 'ERR_ENGINE_ELSEWHERE',
        remedy: 'Run vnetperf where the engine runs, or give --docker-host the socket of one that runs here.',
      },
    );
  }
  let pid: number;
  try {
    pid = loadNative().unixListener(path);
  } catch (cause) {
    const { code, errno, message } = cause as NativeSystemError;
    if (code !== 'EACCES' && code !== 'EPERM') {
      throw engineUnreachable(kind, address, host, message.replace(/^connect: /, ''), { cause, errno });
    }
    throw new TopologyError(`${kind}: this user may not talk to the engine at ${host}`, {
      code: 'ERR_NO_PERMISSION',
      remedy: 'Run vnetperf as root.',
      errno,
      cause,
    });
  }
  if (pid > 0) return { type: 'pid', pid };
  throw new TopologyError(`${kind}: the engine at ${host} is in another PID namespace than vnetperf`, {
    code: 'ERR_ENGINE_ELSEWHERE',
    remedy: 'Run vnetperf where the engine runs, outside of containers.',
  });
}
