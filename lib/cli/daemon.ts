import { spawn } from 'node:child_process';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import { errnoOf } from '../strerror.js';

/**
 * -D without fork(): Node's threads would not survive it. Instead the same command is started again in a session of its
 * own, in the same directory, with nothing on standard input, output and error. The first process stays until the
 * second one listens, so that "it started" means that it did: iperf3 says nothing when its daemon then fails.
 */

const marker = 'VNETPERF_DAEMON';

/** Reading keys and binding a port takes milliseconds; a name server may take longer. */
const startTimeMs = 30_000;

type Report = { listening: true } | { failed: string };

const daemonProcess = process.env[marker] === '1';
// What the daemon starts is not the daemon.
delete process.env[marker];

/** Whether this process is the one that becomes the server. */
export function isDaemonProcess(): boolean {
  return daemonProcess;
}

/**
 * In the first process: starts the daemon and waits until it listens.
 *
 * @param argv what was typed after the program's name
 * @returns the daemon's process id; this process may leave with status 0
 * @throws code ERR_DAEMON with the text that the daemon reported, ready to print; or error 133
 */
export async function startDaemon(argv: readonly string[], script: string = process.argv[1]!): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, script, ...argv], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, [marker]: '1' },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const report = await new Promise<Report>((resolve, reject) => {
      timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(iperf3Error(133, { context: `it did not listen within ${startTimeMs / 1000} s` }));
      }, startTimeMs);
      child.once('error', (cause) => reject(iperf3Error(133, { errno: errnoOf(cause), cause })));
      child.once('message', (message) => resolve(message as Report));
      child.once('exit', (status, signal) => {
        reject(iperf3Error(133, { context: `it ended at once, with ${signal ?? `status ${status}`}` }));
      });
    });
    if ('failed' in report) throw new VnetperfError(report.failed, { code: 'ERR_DAEMON' });
    return child.pid!;
  } finally {
    clearTimeout(timer);
    child.removeAllListeners();
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** In the daemon: it listens; the first process may go. */
export function reportListening(): void {
  report({ listening: true });
}

/**
 * What the daemon would have printed on standard error, whole lines. To be called before it leaves with a status other
 * than 0; does nothing in any other process, or once the daemon listens.
 */
export function reportFailure(message: string): void {
  report({ failed: message });
}

function report(message: Report): void {
  if (!daemonProcess || !process.connected) return;
  process.send?.(message, () => {
    if (process.connected) process.disconnect();
  });
}
