import { rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where root's labs keep theirs unless told otherwise. */
export const SYSTEM_STATE_DIRECTORY = '/run/vnetperf';

/**
 * Where labs keep what the kernel does not remove with a process: journals, databases of switches, logs. Under /run,
 * which is gone after a boot as the networks are. VNETPERF_STATE_DIRECTORY names another place.
 */
export function stateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.VNETPERF_STATE_DIRECTORY) return environment.VNETPERF_STATE_DIRECTORY;
  if (process.geteuid?.() === 0) return SYSTEM_STATE_DIRECTORY;
  return environment.XDG_RUNTIME_DIR
    ? join(environment.XDG_RUNTIME_DIR, 'vnetperf')
    : join(tmpdir(), `vnetperf-${process.geteuid?.()}`);
}

/** A journal and a directory for each lab that has any. */
export function labsDirectory(): string {
  return join(stateDirectory(), 'labs');
}

/** What the last lab leaves is an empty directory, and that goes too. */
export function removeEmptyStateDirectory(): void {
  for (const directory of [labsDirectory(), stateDirectory()]) {
    try {
      rmdirSync(directory);
    } catch {
      return; // Somebody else's lab is in it, or it was never made.
    }
  }
}
