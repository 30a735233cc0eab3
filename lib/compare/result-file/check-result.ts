import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Schema, Validator } from '@cfworker/json-schema';
import { VnetperfError } from '../../errors.js';
import { packageRoot } from '../../platform/package-root.js';
import { flawOf } from '../plan/check-plan.js';
import type { ComparisonResult } from '../result.js';
import { schemaFlaw } from './schema-flaw.js';

const MAJOR_VERSION = 1;
const SCHEMA_FILE = join('schema', `result-v${MAJOR_VERSION}.json`);

/** Read at the first result. */
let validator: { schema: Schema; validate: Validator['validate'] } | undefined;

/**
 * What was read from JSON, when it is a result that this vnetperf understands. A newer minor version may have keys that
 * are not known here.
 *
 * @param name Of the document, for messages: its path.
 * @throws VnetperfError ERR_RESULT_FORMAT where it is something else or of another major version, ERR_RESULT_INVALID where
 * it is a result with something wrong in it.
 */
export async function checkResult(document: unknown, name: string): Promise<ComparisonResult> {
  checkFormat(document, name);
  const flaw = (await flawOfShape(document)) ?? flawOfContent(document as ComparisonResult);
  if (flaw === undefined) return document as ComparisonResult;
  throw new VnetperfError(`${name} is a damaged result: ${flaw}`, {
    code: 'ERR_RESULT_INVALID',
    remedy: 'Use the file as vnetperf wrote it.',
  });
}

function checkFormat(document: unknown, name: string): void {
  const { format, formatVersion } = (document ?? {}) as { format?: unknown; formatVersion?: unknown };
  if (format !== 'vnetperf-result') {
    throw new VnetperfError(`${name} is JSON, but no result of a comparison`, {
      code: 'ERR_RESULT_FORMAT',
      remedy: 'Give a file that vnetperf compare wrote.',
    });
  }
  const major = typeof formatVersion === 'string' ? /^(\d{1,9})\.\d+$/.exec(formatVersion)?.[1] : undefined;
  // Said by the schema: formatVersion must match ...
  if (major === undefined || Number(major) === MAJOR_VERSION) return;
  throw new VnetperfError(
    `${name} is a result of format ${formatVersion}, and this vnetperf reads format ${MAJOR_VERSION}`,
    { code: 'ERR_RESULT_FORMAT', remedy: 'Use the vnetperf that wrote it, or a newer one.' },
  );
}

/** The first place that is not as the schema has it. */
async function flawOfShape(document: unknown): Promise<string | undefined> {
  validator ??= await loadValidator();
  const { valid, errors } = validator.validate(document);
  return valid ? undefined : schemaFlaw(validator.schema, document, errors);
}

async function loadValidator(): Promise<NonNullable<typeof validator>> {
  // Every command would wait for it otherwise, and few read a result.
  const { Validator } = await import('@cfworker/json-schema');
  const schema = JSON.parse(await readFile(join(packageRoot(), SCHEMA_FILE), 'utf8')) as Schema;
  const compiled = new Validator(schema, '7');
  return { schema, validate: (document) => compiled.validate(document) };
}

/** What a schema cannot say. */
function flawOfContent({ plan, runs }: ComparisonResult): string | undefined {
  const flaw = flawOf(plan);
  if (flaw !== undefined) return flaw;
  const cells = new Set(plan.cells.map(({ id }) => id));
  const seen = new Set<string>();
  for (const [index, { cell, block }] of runs.entries()) {
    if (!cells.has(cell)) return `runs[${index}].cell is ${cell}, which is not in the plan`;
    const key = `${cell} ${block}`;
    if (seen.has(key)) return `runs[${index}] is the second of ${cell} in block ${block}`;
    seen.add(key);
  }
  return undefined;
}
