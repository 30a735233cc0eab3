import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TextInput } from './plan.js';

/** The text that a command gets, with what earlier commands have written. */
export function textOf(input: TextInput, directory: string): string {
  return input
    .map((part) => {
      if (typeof part === 'string') return part;
      const text = readOutput(part.file, directory);
      return text === undefined ? '' : `${part.before}${text}`;
    })
    .join('');
}

/** What the step with this `output` has written; undefined where it has not run, or failed. */
export function readOutput(file: string, directory: string): string | undefined {
  try {
    return readFileSync(join(directory, file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function writeOutput(file: string, directory: string, text: string): void {
  writeFileSync(join(directory, file), text, { mode: 0o600 });
}
