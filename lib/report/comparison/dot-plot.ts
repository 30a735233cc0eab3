import { isOutlier, type ReportedCell } from '../reported-cell.js';
import { dotRows } from './dot-rows.js';
import type { FigureOptions } from './figure.js';
import type { Markup } from './markup.js';
import { rateScale, threeDigits } from './quantities.js';

/** The throughput of every run, with the median and its interval. */
export function dotPlot(cells: readonly ReportedCell[], options: FigureOptions): Markup {
  const { unit, divisor } = rateScale(
    cells.flatMap(({ measured }) => measured.map(({ measurement }) => measurement.bitsPerSecond)),
  );
  return dotRows(
    cells,
    {
      title: `Throughput of every run, ${unit}`,
      unit,
      value: ({ measurement }) => measurement.bitsPerSecond / divisor,
      text: threeDigits,
      median: ({ summary: { medianBitsPerSecond: median } }) => (median === undefined ? undefined : median / divisor),
      interval: ({ summary: { medianInterval } }) =>
        medianInterval === undefined ? undefined : [medianInterval[0] / divisor, medianInterval[1] / divisor],
      outlier: isOutlier,
    },
    options,
  );
}
