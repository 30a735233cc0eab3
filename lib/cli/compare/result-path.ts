import { randomInt } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { loadResult } from '../../api/result-files.js';
import { VnetperfError } from '../../errors.js';
import { programName } from '../usage-error.js';

/** Short enough to be typed again, and seldom the same twice in one directory. */
const MOST_CHOSEN_SEED = 99_999;

export function usualPath(seed: number): string {
  return `compare-${seed}.json`;
}

/** A seed whose usual file is not there yet. */
export function chosenSeed(): number {
  for (;;) {
    const seed = randomInt(1, MOST_CHOSEN_SEED + 1);
    if (!existsSync(usualPath(seed))) return seed;
  }
}

/**
 * Refuses to write where something else is, or runs of this very comparison: they are gone on with, not begun anew.
 * @param command As the result will have it.
 * @throws VnetperfError ERR_OUTPUT_EXISTS, ERR_RESULT_FILE.
 */
export async function checkResultPath(path: string, command: readonly string[]): Promise<void> {
  if (!existsSync(path)) return checkWritable(path);
  const before = await loadResult(path).catch((error: unknown) => {
    if (error instanceof VnetperfError) return undefined;
    throw error;
  });
  if (before !== undefined && isDeepStrictEqual(before.command, command)) {
    if (before.runs.length === 0) return;
    throw new VnetperfError(`${path} has ${before.runs.length} runs of this comparison: they are not overwritten`, {
      code: 'ERR_OUTPUT_EXISTS',
      remedy:
        before.state === 'complete'
          ? 'Give another file with --output, or another --seed.'
          : `Go on with them: ${programName} compare --resume ${path}; or give another file with --output.`,
    });
  }
  const what = before === undefined ? 'is no result of a comparison' : 'is the result of another comparison';
  throw new VnetperfError(`${path} exists and ${what}: it is not overwritten`, {
    code: 'ERR_OUTPUT_EXISTS',
    remedy: 'Give another file with --output, or another --seed.',
  });
}

/** Said before the first run, not after the last one. */
function checkWritable(path: string): void {
  const directory = dirname(path);
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new VnetperfError(`${path} cannot be written: no file can be made in ${directory}`, {
      code: 'ERR_RESULT_FILE',
      remedy: 'Give --output a file in a directory that can be written.',
      cause,
    });
  }
}
