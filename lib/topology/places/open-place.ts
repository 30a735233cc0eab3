import { closeSync, openSync, readFileSync } from 'node:fs';
import { VnetperfError } from '../../errors.js';
import { runCommand } from '../../platform/run-command.js';
import type { EngineAddress, NamespaceSource, OpenPlace } from './place.js';

/** Holds the namespace of a place open. Throws VnetperfError ERR_PLACE when there is none, or it may not be entered. */
export async function openPlace(source: NamespaceSource): Promise<OpenPlace> {
  const label = placeLabel(source);
  const pid = source.type === 'container' ? await containerPid(source.engine, source.container) : pidOf(source);
  const path = source.type === 'netns' ? `/run/netns/${source.name}` : `/proc/${pid ?? 'self'}/ns/net`;
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    throw new VnetperfError(`${label} has no network namespace that can be opened: ${(cause as Error).message}`, {
      code: 'ERR_PLACE',
      remedy: 'See whether it runs, and whether this is root.',
      cause,
    });
  }
  return {
    label,
    source,
    namespace: { fd },
    pid,
    close: () => {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

export function placeLabel(source: NamespaceSource): string {
  switch (source.type) {
    case 'container':
      return `${source.engine.program}:${source.container}`;
    case 'netns':
      return `netns:${source.name}`;
    case 'pid':
      return `pid:${source.pid}`;
    case 'host':
      return 'host';
  }
}

/** The engine's command line up to its own words: `docker -H unix:///run/docker.sock`. */
export function engineCommand({ program, host }: EngineAddress): [string, ...string[]] {
  if (host === undefined) return [program];
  return program === 'docker' ? ['docker', '-H', host] : ['podman', '--url', host];
}

function pidOf(source: NamespaceSource): number | undefined {
  return source.type === 'pid' ? source.pid : undefined;
}

async function containerPid(engine: EngineAddress, container: string): Promise<number> {
  const { stdout } = await runCommand([...engineCommand(engine), 'inspect', '--format', '{{.State.Pid}}', container]);
  const pid = Number(stdout.trim());
  if (!(pid > 0)) {
    throw new VnetperfError(`the container ${container} does not run`, {
      code: 'ERR_PLACE',
      remedy: `Start it with: ${engineCommand(engine).join(' ')} start ${container}`,
    });
  }
  // A process of another machine, or of a virtual machine that the engine runs in, is not in this /proc.
  readFileSync(`/proc/${pid}/stat`);
  return pid;
}
