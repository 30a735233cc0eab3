import { readFile, stat } from 'node:fs/promises';
import { VnetperfError } from '../../errors.js';
import { errnoOf, strerror } from '../../strerror.js';

/** No text of V8's is longer than 512 MiB. */
const MAX_FILE_BYTES = 500_000_000;

/**
 * The JSON document in a file. @throws VnetperfError ERR_RESULT_FILE where it cannot be read, ERR_RESULT_FORMAT where it is
 * no JSON.
 */
export async function readDocument(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VnetperfError(`${path} is not JSON: ${cause instanceof Error ? cause.message : cause}`, {
      code: 'ERR_RESULT_FORMAT',
      remedy: 'Give a result file whole, as it was written.',
      cause,
    });
  }
}

async function readText(path: string): Promise<string> {
  try {
    // Before it is opened: a pipe would wait there for somebody who writes.
    const file = await stat(path);
    if (!file.isFile()) throw fileError(path, file.isDirectory() ? 'it is a directory' : 'it is no regular file');
    if (file.size > MAX_FILE_BYTES) throw fileError(path, `it is larger than ${MAX_FILE_BYTES / 1e6} MB`);
    return await readFile(path, 'utf8');
  } catch (error) {
    throw error instanceof VnetperfError ? error : fileError(path, strerror(errnoOf(error)), error);
  }
}

function fileError(path: string, reason: string, cause?: unknown): VnetperfError {
  return new VnetperfError(`cannot read ${path}: ${reason}`, {
    code: 'ERR_RESULT_FILE',
    remedy: 'Give the path of a result file.',
    cause,
  });
}
