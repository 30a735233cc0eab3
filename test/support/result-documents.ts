import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import type { ComparisonResult } from '../../lib/compare/result.js';
import { runComparison } from '../../lib/compare/runner/run-comparison.js';
import { VnetperfError } from '../../lib/errors.js';
import { recordingExecutor, specificationOf } from './recording-executor.js';

export const schemaText = readFileSync(new URL('../../schema/result-v1.json', import.meta.url), 'utf8');

const schema: { $id: string } = JSON.parse(schemaText);
const ajv = new Ajv({ allErrors: true });

/** Another program's opinion of a result: the published schema, by Ajv. */
export const isValidByAjv: ValidateFunction = ajv.compile(schema);

/** The same of what one test came to. */
export const isMeasurementByAjv: ValidateFunction = ajv.compile({ $ref: `${schema.$id}#/definitions/Measurement` });

/** Comparisons of many shapes, run without traffic: cells that fail, interruptions, time limits, precisions. */
export const anyComparison = fc.record({
  seed: fc.integer({ min: 0, max: 0xffffffff }),
  count: fc.integer({ min: 1, max: 5 }),
  warmUpBlocks: fc.integer({ min: 0, max: 2 }),
  blocks: fc.integer({ min: 1, max: 7 }),
  precision: fc.option(fc.double({ min: 0.001, max: 0.5, noNaN: true }), { nil: undefined }),
  timeLimitSeconds: fc.option(fc.integer({ min: 0, max: 500 }), { nil: undefined }),
  failing: fc.array(fc.nat(40)),
  abortIn: fc.option(fc.nat(40), { nil: undefined }),
});

type AnyComparison = typeof anyComparison extends fc.Arbitrary<infer Value> ? Value : never;

export async function resultOf({ failing, abortIn, ...numbers }: AnyComparison): Promise<ComparisonResult> {
  const { options } = recordingExecutor(({ nth, abort }) => {
    if (nth === abortIn) abort();
    return failing.includes(nth) ? new VnetperfError('it fails', { code: `ERR_${nth % 2}` }) : undefined;
  });
  return await runComparison(specificationOf(numbers), options);
}

/** As a file has it. */
export const asDocument = (result: ComparisonResult): unknown => JSON.parse(JSON.stringify(result));

export type Place = readonly (string | number)[];
export const REMOVED = Symbol('removed');

/** A copy of a document with something else in one place, or nothing. */
export function changed(document: unknown, place: Place, value: unknown): unknown {
  const copy = structuredClone(document);
  let parent = copy as Record<string | number, unknown>;
  for (const key of place.slice(0, -1)) parent = parent[key] as typeof parent;
  const last = place.at(-1)!;
  if (value !== REMOVED) parent[last] = value;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}
