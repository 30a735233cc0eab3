import { programName } from './usage-error.js';

/** What a shell reports for a program that wrote to a pipe nobody reads: 128 + SIGPIPE. */
export const READER_GONE_STATUS = 141;

/**
 * Keeps Node from ending the program with a stack trace where standard output takes no more: `vnetperf help | head`.
 * @param ended Called with the status to end with. Not where a command listens itself, for it has more to lose than a
 * text: a test ends, a comparison is kept, a server goes on.
 */
export function whenReaderGone(ended: (status: number) => void): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (process.stdout.listenerCount('error') > 1) return;
    ended(statusOfLostOutput(error));
  });
}

/** Who reads a pipe may leave, and needs no telling; a disk that is full takes what nobody else has. */
export function statusOfLostOutput(error: NodeJS.ErrnoException): number {
  if (error.code === 'EPIPE') return READER_GONE_STATUS;
  process.stderr.write(`${programName}: standard output took no more: ${error.message}\n`);
  return 1;
}
