import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Where labs keep what the kernel does not remove with a process: journals, databases of switches, logs. Under /run,
 * which is gone after a boot as the networks are. VNETPERF_STATE_DIRECTORY names another place.
 */
export function stateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.VNETPERF_STATE_DIRECTORY) return environment.VNETPERF_STATE_DIRECTORY;
  if (process.geteuid?.() === 0) return '/run/vnetperf';
  return environment.XDG_RUNTIME_DIR
    ? join(environment.XDG_RUNTIME_DIR, 'vnetperf')
    : join(tmpdir(), `vnetperf-${process.geteuid?.()}`);
}
