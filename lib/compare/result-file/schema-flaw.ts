import type { OutputUnit, Schema } from '@cfworker/json-schema';

/**
 * What a validator found, as a sentence about the first place that is wrong:
 * `runs[3].measurement.bitsPerSecond must be a number`.
 */
export function schemaFlaw(schema: Schema, document: unknown, errors: readonly OutputUnit[]): string {
  const { instanceLocation, keyword, keywordLocation, error } = innermost(errors);
  const { place, value } = locate(document, segmentsOf(instanceLocation));
  const rule = ruleAt(schema, segmentsOf(keywordLocation));
  if (keyword === 'required') {
    const missing = (rule as string[]).find((name) => !(name in (value as object)));
    return `${step(place, String(missing), false)} is missing`;
  }
  return `${place === '' ? 'the document' : place} ${demandOf(keyword, rule) ?? `is wrong: ${error}`}`;
}

/** Errors come from the outside in: `runs` is wrong because `runs[3]` is, and that because of what it holds. */
function innermost(errors: readonly OutputUnit[]): OutputUnit {
  return errors.reduce((deepest, error) =>
    segmentsOf(error.instanceLocation).length >= segmentsOf(deepest.instanceLocation).length ? error : deepest,
  );
}

const NAME_OF_TYPE: Readonly<Record<string, string>> = {
  number: 'a number',
  integer: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

function demandOf(keyword: string, rule: unknown): string | undefined {
  switch (keyword) {
    case 'type':
      return `must be ${[rule]
        .flat()
        .map((type) => NAME_OF_TYPE[String(type)] ?? type)
        .join(' or ')}`;
    case 'const':
      return `must be ${rule}`;
    case 'enum':
      return `must be one of ${(rule as unknown[]).join(', ')}`;
    case 'pattern':
      return `must match ${rule}`;
    case 'minimum':
      return `must be at least ${rule}`;
    case 'maximum':
      return `must be at most ${rule}`;
    case 'minItems':
      return `must have at least ${rule} entries`;
    case 'maxItems':
      return `must have at most ${rule} entries`;
    default:
      return undefined;
  }
}

/** Segments of a JSON pointer behind `#`, as RFC 6901 writes them in a URI. */
function segmentsOf(pointer: string): string[] {
  const segments = pointer.split('/').slice(1);
  return segments.map((segment) => decodeURI(segment).replaceAll('~1', '/').replaceAll('~0', '~'));
}

function locate(document: unknown, segments: readonly string[]): { place: string; value: unknown } {
  let place = '';
  let value = document;
  for (const segment of segments) {
    place = step(place, segment, Array.isArray(value));
    value = (value as Record<string, unknown>)[segment];
  }
  return { place, value };
}

function step(place: string, segment: string, inList: boolean): string {
  if (inList) return `${place}[${segment}]`;
  if (!/^[A-Za-z_]\w*$/.test(segment)) return `${place}[${JSON.stringify(segment)}]`;
  return place === '' ? segment : `${place}.${segment}`;
}

/** The location of a keyword leads through references. */
function ruleAt(schema: Schema, segments: readonly string[]): unknown {
  let node: unknown = schema;
  for (const segment of segments) {
    const next: unknown = (node as Record<string, unknown>)[segment];
    node = segment === '$ref' ? ruleAt(schema, segmentsOf(String(next))) : next;
  }
  return node;
}
