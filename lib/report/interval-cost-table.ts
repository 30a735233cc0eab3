import { carrierLabels } from '../traffic/carrier-shares.js';
import type { CarrierIdentity } from '../traffic/events.js';
import type { IntervalCost } from '../traffic/interval-costs.js';
import { formatFixed } from './number-format.js';

const TITLE = 'CPU, % of a core';
const OMITTED = '  (omitted)';

/**
 * What each interval took, a row each: the two ends' stream threads, softirq on all cores, and whatever carried the
 * traffic between them. Empty when there were no intervals.
 * @param leftOut How many more there were, after these.
 */
export function intervalCostLines(costs: readonly IntervalCost[], leftOut = 0): string[] {
  const [first] = costs;
  if (first === undefined) return [];
  const names = ['client', 'server', 'softirq', ...carrierLabels(first.carriers as readonly CarrierIdentity[])];
  const rows = costs.map((cost) => {
    const { client, server, softirq, carriers } = cost;
    const cells = [client, server, softirq, ...carriers.map(({ cpuPercent }) => cpuPercent)].map((percent, column) =>
      cell(percent).padStart((names[column] as string).length),
    );
    return `${times(cost)}  ${cells.join('  ')}${cost.omitted ? OMITTED : ''}`;
  });
  const rest = leftOut > 0 ? [`(${leftOut} more intervals left out here; --json has them)`] : [];
  return [`${TITLE.padEnd(times(first).length)}  ${names.join('  ')}`, ...rows, ...rest];
}

/** As in the rows above it. */
function times({ startSeconds, endSeconds }: IntervalCost): string {
  return `${formatFixed(startSeconds, 2, 6)}-${formatFixed(endSeconds, 2).padEnd(6)} sec`;
}

function cell(percent: number | undefined): string {
  return percent === undefined ? '-' : percent.toFixed(0);
}
