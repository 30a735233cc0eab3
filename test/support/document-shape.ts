import { type JsonNode, leaves } from './json-tokens.js';

/**
 * The keys of a printed test with their types, in document order: `end.streams[0].sender.bytes: number`. How many
 * intervals there are depends on the moment, so they stand as one, and each of their keys says whether all have it.
 */
export function documentShape(document: JsonNode): string[] {
  const counts = new Map<string, number>();
  const arrayOf = new Map<string, string>();
  for (const { path, type } of leaves(document)) {
    const [, array, rest] = /^(.*\bintervals)\[\d+\](.*)$/.exec(path) ?? [];
    const key = array === undefined ? `${path}: ${type}` : `${array}[]${rest}: ${type}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (array !== undefined) arrayOf.set(key, array);
  }
  return [...counts].map(([key, count]) => {
    const array = arrayOf.get(key);
    const intervals = array === undefined ? count : counts.get(`${array}[]: object`);
    return count === intervals ? key : `${key}, in some`;
  });
}

/** Empty when both are the same, in the same order. */
export function shapeDifference(ours: readonly string[], theirs: readonly string[]): string[] {
  const missing = theirs.filter((key) => !ours.includes(key)).map((key) => `missing  ${key}`);
  const extra = ours.filter((key) => !theirs.includes(key)).map((key) => `extra    ${key}`);
  if (missing.length + extra.length > 0) return [...missing, ...extra];
  return ours.flatMap((key, index) => (key === theirs[index] ? [] : [`moved    ${key}`]));
}
