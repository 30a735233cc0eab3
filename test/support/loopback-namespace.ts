import { spawnSync } from 'node:child_process';
import { loadNative } from '../../lib/platform/load-native.js';

/** A network namespace with its own loopback up, gone with the last descriptor. Needs root. */
export class LoopbackNamespace {
  readonly fd: number;

  constructor() {
    this.fd = loadNative().createNetworkNamespace();
    this.run('ip', 'link', 'set', 'lo', 'up');
  }

  /** Runs a command inside, within five seconds, and returns what it printed. */
  run(...command: string[]): string {
    const { status, stdout, stderr, error } = spawnSync('nsenter', ['--net=/proc/self/fd/3', ...command], {
      stdio: ['ignore', 'pipe', 'pipe', this.fd],
      encoding: 'utf8',
      timeout: 5000,
    });
    if (error) throw error;
    if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
    return stdout;
  }

  [Symbol.dispose](): void {
    loadNative().closeDescriptor(this.fd);
  }
}
