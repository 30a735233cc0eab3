import { coreRows, coresSharedWithOthers } from '../../traffic/core-shares.js';
import type { Measurement } from '../measurement.js';

/** On a machine that does other work too, a figure says as much about that work as about the network. */
export function otherProcesses(
  {
    durationSeconds,
    streams,
    cores,
    carriers,
  }: Pick<Measurement, 'durationSeconds' | 'streams' | 'cores' | 'carriers'>,
  omitSeconds: number,
): string[] {
  const rows = coreRows({ cores, carriers, streams, seconds: omitSeconds + durationSeconds });
  const shared = coresSharedWithOthers(rows);
  if (shared.length === 0) return [];
  return [`other processes used core ${shared.join(' and ')} meanwhile`];
}
