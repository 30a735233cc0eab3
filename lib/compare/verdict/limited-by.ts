import type { Limit, LimitKind, Measurement } from '../measurement.js';
import { median } from '../statistics/median.js';

/**
 * What limited at least half of a cell's runs, the strongest first; in the words of that run, of those it limited, whose
 * rate is nearest the cell's median.
 */
export function limitedBy(measurements: readonly Measurement[]): string[] {
  const middle = median(measurements.map(({ bitsPerSecond }) => bitsPerSecond));
  const kinds = new Set(measurements.flatMap(({ limits }) => limits.map(({ kind }) => kind)));
  return [...kinds]
    .map((kind) => ({ kind, runs: measurements.filter((measurement) => hasLimit(measurement, kind)) }))
    .filter(({ runs }) => runs.length * 2 >= measurements.length)
    .sort((first, second) => meanPlace(first.kind, measurements) - meanPlace(second.kind, measurements))
    .map(({ kind, runs }) => {
      const typical = runs.reduce((nearest, run) =>
        Math.abs(run.bitsPerSecond - middle) < Math.abs(nearest.bitsPerSecond - middle) ? run : nearest,
      );
      const text = inWords(typical.limits.filter((limit) => limit.kind === kind));
      return runs.length === measurements.length ? text : `${text} (${runs.length} of ${measurements.length} runs)`;
    });
}

/** Both cores of a test, for example; of many streams the strongest says enough. */
function inWords(limits: readonly Limit[]): string {
  return limits
    .slice(0, 2)
    .map(({ text }) => text)
    .join(' and ');
}

function hasLimit({ limits }: Measurement, kind: LimitKind): boolean {
  return limits.some((limit) => limit.kind === kind);
}

/** 0 where it was the strongest in every run; behind all others in a run that it did not limit. */
function meanPlace(kind: LimitKind, runs: readonly Measurement[]): number {
  const places = runs.map(({ limits }) => {
    const place = limits.findIndex((limit) => limit.kind === kind);
    return place < 0 ? limits.length : place;
  });
  return places.reduce((sum, place) => sum + place, 0) / runs.length;
}
