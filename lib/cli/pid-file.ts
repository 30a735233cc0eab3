import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import { errnoOf } from '../strerror.js';

/**
 * -I: the process id, without a newline, readable by its owner only. A file that names a living process is left alone;
 * one whose process is gone is overwritten.
 *
 * @returns removes the file, if it is still ours
 * @throws code ERR_ANOTHER_INSTANCE, or error 135 when the file cannot be written
 */
export function writePidFile(path: string, pid: number = process.pid): () => void {
  const other = readPid(path);
  if (other !== undefined && other !== pid && isAlive(other)) {
    throw new VnetperfError('Another instance of iperf3 appears to be running', {
      code: 'ERR_ANOTHER_INSTANCE',
      remedy: `Process ${other} stands in ${path}: end it, or give -I another file.`,
    });
  }
  try {
    const file = openSync(path, 'w', 0o600);
    try {
      writeSync(file, String(pid));
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw iperf3Error(135, {
      errno: errnoOf(cause),
      cause,
      remedy: `Give -I a file that can be written: ${path} cannot.`,
    });
  }
  return () => {
    if (readPid(path) === pid) removeQuietly(path);
  };
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, 'latin1').slice(0, 32), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** EPERM: alive, but somebody else's. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already, or in a directory that became read-only: nothing that would matter at the end of a process.
  }
}
