import type { MeasuredRun } from '../../compare/result.js';

/** TCP, all directions together; undefined where the run does not know. */
export function retransmitsOf({ measurement }: MeasuredRun): number | undefined {
  const counts = measurement.directions.flatMap(({ retransmits }) => retransmits ?? []);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

/** UDP, all directions together. */
export function lostPercentOf({ measurement }: MeasuredRun): number | undefined {
  const udp = measurement.directions.filter(({ datagrams, lost }) => datagrams !== undefined && lost !== undefined);
  const total = udp.reduce((sum, { datagrams = 0 }) => sum + datagrams, 0);
  if (udp.length === 0) return undefined;
  return total === 0 ? 0 : (100 * udp.reduce((sum, { lost = 0 }) => sum + lost, 0)) / total;
}

/** Of all threads that moved bytes, at both ends. */
export function migrationsOf({ measurement }: MeasuredRun): number | undefined {
  const counts = measurement.streams.flatMap(({ migrations }) => migrations ?? []);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}
