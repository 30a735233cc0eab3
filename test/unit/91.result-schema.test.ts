import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkResult } from '../../lib/compare/result-file/check-result.js';
import { VnetperfError } from '../../lib/errors.js';
import { comparisonResult } from '../support/comparison-fixture.js';
import {
  anyComparison,
  asDocument,
  changed,
  isValidByAjv,
  type Place,
  REMOVED,
  resultOf,
  schemaText,
} from '../support/result-documents.js';

const accepted = async (document: unknown) => {
  try {
    await checkResult(document, 'it');
    return true;
  } catch (error) {
    if (error instanceof VnetperfError) return false;
    throw error;
  }
};

describe('the published schema', () => {
  it('is what npm run schema makes of the types', { timeout: 60_000 }, () => {
    const generator = fileURLToPath(new URL('../../schema/generate.mjs', import.meta.url));
    const made = execFileSync(process.execPath, [generator, '--print'], { encoding: 'utf8', timeout: 60_000 });
    expect(made).toBe(schemaText);
  });

  it('has an identifier, a dialect, a title and a description for people', () => {
    const schema = JSON.parse(schemaText);
    expect(schema).toMatchObject({
      $id: 'urn:vnetperf:schema:result:1',
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: expect.any(String),
      description: expect.any(String),
    });
    expect(schema.definitions.Measurement.properties.bitsPerSecond.description).toContain('Goodput');
  });

  it('lets a newer minor version add keys everywhere', () => {
    expect(schemaText).not.toContain('"additionalProperties": false');
  });

  it('holds for every result that the runner makes', async () => {
    await fc.assert(
      fc.asyncProperty(anyComparison, async (comparison) => {
        const document = asDocument(await resultOf(comparison));
        expect(isValidByAjv(document), JSON.stringify(isValidByAjv.errors)).toBe(true);
        expect(await checkResult(document, 'it')).toBe(document);
      }),
      { numRuns: 60 },
    );
  });

  it('holds for a result with everything in it', async () => {
    const document = asDocument(comparisonResult());
    expect(isValidByAjv(document), JSON.stringify(isValidByAjv.errors)).toBe(true);
    expect(await accepted(document)).toBe(true);
  });

  it('refuses by our validator what it refuses by Ajv, and no more', { timeout: 60_000 }, async () => {
    const result = await resultOf({
      ...{ seed: 1, count: 3, warmUpBlocks: 1, blocks: 6, failing: [5], abortIn: undefined },
      ...{ precision: 0.01, timeLimitSeconds: 3000 },
    });
    const original = asDocument(result);
    const places = [...placesOf(original)];
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), anyWrong, async (place, wrong) => {
        const document = changed(original, place, wrong);
        const valid = isValidByAjv(document);
        if (!valid) refused++;
        // What stands in a file may also contradict itself, which no schema sees.
        if (!valid || (await accepted(document))) expect(await accepted(document)).toBe(valid);
        else await expect(checkResult(document, 'it')).rejects.toThrow(CONTRADICTION);
      }),
      { numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(150);
  });
});

/** What flaws beyond the schema begin with. */
const CONTRADICTION =
  /damaged result: (runs\[|the (first cell|seed)|it has|two cells|a contrast|\S+ is not a number of)/;

const anyWrong = fc.constantFrom<unknown>(REMOVED, null, true, 'word', -1.5, 2 ** 40, [], [1, 2, 3], {}, { a: 'b' });

/** Of everything in a document. */
function* placesOf(value: unknown, place: Place = []): Generator<Place> {
  if (place.length > 0) yield place;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    yield* placesOf(part, [...place, Array.isArray(value) ? Number(key) : key]);
  }
}
