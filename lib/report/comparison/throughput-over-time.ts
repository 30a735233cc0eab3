import type { IntervalMeasurement } from '../../compare/measurement.js';
import { medianRun, type ReportedCell } from '../reported-cell.js';
import { type Axis, exactAxis, roundAxis, tickText } from './axis.js';
import { type FigureOptions, figure, hover, label, line } from './figure.js';
import { element, type Markup } from './markup.js';
import { rateScale, type Scale, threeDigits } from './quantities.js';

const TOP = 8;
const PLOT_HEIGHT = 130;
const LEFT = 44;
const RIGHT = 12;

/** What the panels of a report share, so that they can be compared by eye. */
export interface TimeScales {
  rate: Scale;
  highestRate: number;
  seconds: number;
}

export function timeScales(cells: readonly ReportedCell[]): TimeScales {
  const intervals = cells.flatMap(({ measured }) => measured.flatMap(({ measurement }) => measurement.intervals));
  const rates = intervals.map(({ bitsPerSecond }) => bitsPerSecond);
  const rate = rateScale(rates);
  const highest = rates.reduce((most, one) => Math.max(most, one), 0);
  return {
    rate,
    highestRate: highest / rate.divisor,
    seconds: intervals.reduce((last, { endSeconds }) => Math.max(last, endSeconds), 0),
  };
}

/** A line for every run of the cell; the median run's stands out. Undefined where no run has intervals. */
export function throughputOverTime(cell: ReportedCell, scales: TimeScales, options: FigureOptions): Markup | undefined {
  const runs = cell.measured.filter(({ measurement }) => measurement.intervals.length > 0);
  if (runs.length === 0) return undefined;
  const typical = medianRun({ measured: runs });
  const x = exactAxis(scales.seconds, { from: LEFT, to: options.width - RIGHT, count: 5 });
  const y = roundAxis(0, scales.highestRate, { from: TOP + PLOT_HEIGHT, to: TOP, count: 4 });
  const { unit, divisor } = scales.rate;
  // The one that stands out is drawn last, above the others.
  const ordered = [...runs.filter((run) => run !== typical), ...(typical === undefined ? [] : [typical])];
  return figure(
    options,
    {
      height: TOP + PLOT_HEIGHT + 36,
      title: `${cell.cell.name}: throughput over time, ${unit}`,
      description: `${runs.length} runs, a line each; the thick line is the run with the median throughput.`,
    },
    y.ticks.map((tick) => [
      line('grid', LEFT, y.position(tick), options.width - RIGHT, y.position(tick)),
      label(LEFT - 6, y.position(tick) + 4, { class: 'tick', 'text-anchor': 'end' }, tickText(tick, y)),
    ]),
    x.ticks.map((tick) =>
      label(x.position(tick), TOP + PLOT_HEIGHT + 15, { class: 'tick', 'text-anchor': 'middle' }, tickText(tick, x)),
    ),
    label(options.width - RIGHT, TOP + PLOT_HEIGHT + 31, { class: 'axis', 'text-anchor': 'end' }, 'seconds'),
    label(0, TOP + PLOT_HEIGHT + 31, { class: 'axis' }, unit),
    ordered.map(({ block, measurement }) =>
      element(
        'path',
        {
          class: block === typical?.block ? 'run typical' : 'run',
          d: steps(measurement.intervals, x, y, divisor),
        },
        hover(`block ${block + 1}: ${threeDigits(measurement.bitsPerSecond / divisor)} ${unit}`),
      ),
    ),
  );
}

/** Level for as long as an interval lasts: what happened inside it nobody measured. */
function steps(intervals: readonly IntervalMeasurement[], x: Axis, y: Axis, divisor: number): string {
  const pixel = (value: number) => Math.round(value * 10) / 10;
  return intervals
    .map(({ startSeconds, endSeconds, bitsPerSecond }, index) => {
      const level = pixel(y.position(bitsPerSecond / divisor));
      const start = index === 0 ? `M${pixel(x.position(startSeconds))} ${level}` : `V${level}`;
      return `${start}H${pixel(x.position(endSeconds))}`;
    })
    .join('');
}
