import type { IntervalRecord } from './events.js';

type IntervalTimes = Pick<IntervalRecord, 'startSeconds' | 'endSeconds' | 'omitted'>;

/**
 * The intervals of the other end that belong to each of this one's; none for some, several for others. The two gates
 * open milliseconds apart, and either side may have merged ticks: an interval whose middle lies in one of the other
 * end's belongs to it.
 */
export function matchedIntervals<T extends IntervalTimes>(own: readonly IntervalTimes[], other: readonly T[]): T[][] {
  let next = 0;
  return own.map((interval) => {
    const matched: T[] = [];
    for (; next < other.length; next++) {
      const candidate = other[next] as T;
      const order = compare(candidate, interval);
      if (order > 0) break;
      if (order === 0) matched.push(candidate);
    }
    return matched;
  });
}

/** Whether the middle of the candidate lies before, in or after the interval. The omit period comes first. */
function compare(candidate: IntervalTimes, { startSeconds, endSeconds, omitted }: IntervalTimes): number {
  if (candidate.omitted !== omitted) return candidate.omitted ? -1 : 1;
  const middle = (candidate.startSeconds + candidate.endSeconds) / 2;
  if (middle < startSeconds) return -1;
  return middle < endSeconds ? 0 : 1;
}
