import type { ReportedCell } from '../reported-cell.js';
import { dotRows } from './dot-rows.js';
import type { FigureOptions } from './figure.js';
import type { Markup } from './markup.js';
import { threeDigits } from './quantities.js';
import { lostPercentOf, retransmitsOf } from './run-figures.js';

/** What TCP had to send again in each run; undefined where no run knows. */
export function retransmitPlot(cells: readonly ReportedCell[], options: FigureOptions): Markup | undefined {
  const known = cells.filter(({ measured }) => measured.some((run) => retransmitsOf(run) !== undefined));
  if (known.length === 0) return undefined;
  return dotRows(
    known,
    {
      title: 'Retransmitted segments of every run',
      unit: 'retransmits a run',
      fromZero: true,
      value: retransmitsOf,
      text: (count) => `${Math.round(count * 10) / 10}`,
      median: ({ summary }) => summary.retransmits,
    },
    options,
  );
}

/** What UDP lost in each run; undefined where no run knows. */
export function lossPlot(cells: readonly ReportedCell[], options: FigureOptions): Markup | undefined {
  const known = cells.filter(({ measured }) => measured.some((run) => lostPercentOf(run) !== undefined));
  if (known.length === 0) return undefined;
  return dotRows(
    known,
    {
      title: 'Lost datagrams of every run, percent',
      unit: '% of the datagrams lost',
      fromZero: true,
      value: lostPercentOf,
      text: threeDigits,
      median: ({ summary }) => summary.lostPercent,
    },
    options,
  );
}
