import { readdirSync, readFileSync } from 'node:fs';
import { loadNative } from '../../platform/load-native.js';
import { CommandError, runCommand } from '../../platform/run-command.js';
import type { EngineAddress } from './place.js';

const DEFAULT_DOCKER_HOST = 'unix:///var/run/docker.sock';

/** By docker's own rules: DOCKER_HOST, else its context. A client that knows no contexts has the usual place. */
export async function configuredHost(signal?: AbortSignal): Promise<string> {
  const format = '{{.Endpoints.docker.Host}}';
  const { stdout } = await runCommand(['docker', 'context', 'inspect', '--format', format], { signal }).catch(
    (error) => {
      if (error instanceof CommandError) return { stdout: '' };
      throw error;
    },
  );
  return stdout.trim() || process.env.DOCKER_HOST || DEFAULT_DOCKER_HOST;
}

/** undefined: it listens elsewhere than on a socket of this machine's. */
export function socketPath(host: string): string | undefined {
  return /^unix:\/\/(\/.+)$/.exec(host)?.[1];
}

/** Processes that an engine in a PID namespace of its own knows by this number, as this machine numbers them. */
export async function processesBehind({ program, host }: EngineAddress, pid: number): Promise<number[]> {
  // Podman's engine is the command itself.
  if (program !== 'docker') return [];
  const path = socketPath(host ?? (await configuredHost()));
  const engine = path === undefined ? 0 : listenerOf(path);
  // The kernel gives every number that a process has, from this /proc's PID namespace inwards (proc(5), NSpid).
  const depth = numbersOf(engine).length - 1;
  if (depth < 1) return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((candidate) => Number.isInteger(candidate) && numbersOf(candidate)[depth] === pid);
}

function listenerOf(path: string): number {
  try {
    return loadNative().unixListener(path);
  } catch {
    return 0; // It has answered a moment ago and is gone.
  }
}

function numbersOf(pid: number): number[] {
  try {
    const line = /^NSpid:(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return line?.trim().split(/\s+/).map(Number) ?? [];
  } catch {
    return []; // There is no such process any more.
  }
}
