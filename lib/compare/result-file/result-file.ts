import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { VnetperfError } from '../../errors.js';
import { errnoOf, strerror } from '../../strerror.js';
import type { ComparisonResult } from '../result.js';
import { checkResult } from './check-result.js';
import { findNotFinite } from './not-finite.js';
import { readDocument } from './read-document.js';

/**
 * Writes a result, whole or not at all, also when the machine goes down meanwhile: what was in the file stays until the
 * new text is on the disk.
 *
 * @throws VnetperfError ERR_RESULT_FILE
 */
export async function saveResult(path: string, result: ComparisonResult): Promise<void> {
  try {
    await replaceFile(await fileToReplace(path), textOf(result));
  } catch (error) {
    throw new VnetperfError(`cannot write the result ${path}: ${reasonOf(error)}`, {
      code: 'ERR_RESULT_FILE',
      remedy: 'Give the path of a file, in a directory that you may write to, on a disk with room.',
      cause: error,
    });
  }
}

/**
 * A result as it was saved. One whose state is `running` was written by a process that was killed: it can be resumed.
 *
 * @throws VnetperfError ERR_RESULT_FILE where the file cannot be read, ERR_RESULT_FORMAT where it is something else or of
 * another major version, ERR_RESULT_INVALID where it is a result with something wrong in it.
 */
export async function loadResult(path: string): Promise<ComparisonResult> {
  return await checkResult(await readDocument(path), path);
}

function textOf(result: ComparisonResult): string {
  const place = findNotFinite(result);
  // JSON.stringify would write null, and no reader would take it.
  if (place !== undefined) throw new Error(`${place} is not a number`);
  return `${JSON.stringify(result, undefined, 1)}\n`;
}

/** Behind symbolic links. A device or a pipe is refused: the rename would put a file in its place. */
async function fileToReplace(path: string): Promise<string> {
  const target = await realpath(path).catch(() => path);
  const found = await stat(target).catch(() => undefined);
  if (found?.isDirectory()) throw new Error('it is a directory');
  if (found !== undefined && !found.isFile()) throw new Error('it is no regular file');
  return target;
}

async function replaceFile(path: string, text: string): Promise<void> {
  // In the same directory, since a rename works within one file system only. Always the same name: what a killed process
  // left is gone with the next result.
  const temporary = join(dirname(path), `.${basename(path)}.part`);
  await rm(temporary, { force: true });
  try {
    await writeWhole(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(path));
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The new name is on the disk only when the directory is. Some file systems cannot; the file itself is whole either way. */
async function syncDirectory(path: string): Promise<void> {
  let directory: FileHandle | undefined;
  try {
    directory = await open(path, 'r');
    await directory.sync();
  } catch {
    // Said above.
  } finally {
    await directory?.close();
  }
}

function reasonOf(error: unknown): string {
  const errno = errnoOf(error);
  return errno === 0 && error instanceof Error ? error.message : strerror(errno);
}
