import { medianRun, type ReportedCell } from '../reported-cell.js';
import { exactAxis, tickText } from './axis.js';
import { busyText, hoverArea, sharesText, stackedShares } from './cpu-kinds.js';
import { type FigureOptions, figure, label } from './figure.js';
import { element, type Markup } from './markup.js';

const LEFT = 30;
const RIGHT = 46;
const TOP = 4;
/** Lines of text need so many pixels. */
const TEXT_HEIGHT = 13;

/**
 * Cores below each other and time to the right, as htop's meters would look one after another: how high a column is
 * filled is how busy the core was, and the filling says with what. Of the run with the median throughput. Undefined
 * where that has no cores by interval.
 */
export function coreHeatMap(cell: ReportedCell, options: FigureOptions): Markup | undefined {
  const run = medianRun(cell);
  const intervals = (run?.measurement.intervals ?? []).filter(({ cores }) => cores.length > 0);
  const numbers = [...new Set(intervals.flatMap(({ cores }) => cores.map(({ core }) => core)))].sort((a, b) => a - b);
  if (run === undefined || numbers.length === 0) return undefined;
  const { height, gap } = rowOf(numbers.length);
  const bottom = TOP + numbers.length * (height + gap);
  const end = intervals.at(-1)!.endSeconds;
  const axis = exactAxis(end, { from: LEFT, to: options.width - RIGHT, count: 5 });
  const every = Math.ceil(TEXT_HEIGHT / (height + gap));
  return figure(
    options,
    {
      height: bottom + 34,
      title: `${cell.cell.name}: what each core did over time`,
      description: `Run of block ${run.block + 1}. ${numbers.length} cores, ${intervals.length} intervals.`,
    },
    numbers.map((core, index) => {
      const y = TOP + index * (height + gap);
      const whole = run.measurement.cores.find((share) => share.core === core);
      const named = index % every === 0;
      const middle = y + height / 2 + 4;
      return element(
        'g',
        {},
        named ? label(LEFT - 6, middle, { class: 'tick', 'text-anchor': 'end' }, core) : undefined,
        element('rect', { class: 'band', x: LEFT, y, width: options.width - LEFT - RIGHT, height }),
        intervals.map(({ startSeconds, endSeconds, cores }) => {
          const share = cores.find((one) => one.core === core);
          if (share === undefined) return undefined;
          const place = {
            x: axis.position(startSeconds),
            y,
            width: Math.max(0.5, axis.position(endSeconds) - axis.position(startSeconds) - 0.5),
            height,
          };
          const words = `core ${core}, ${startSeconds.toFixed(1)} to ${endSeconds.toFixed(1)} s: ${sharesText(share)}`;
          return [...stackedShares(share, place, 'up'), hoverArea(place, words)];
        }),
        named && whole !== undefined
          ? label(options.width, middle, { class: 'tick', 'text-anchor': 'end' }, busyText(whole))
          : undefined,
      );
    }),
    axis.ticks.map((tick) =>
      label(axis.position(tick), bottom + 13, { class: 'tick', 'text-anchor': 'middle' }, tickText(tick, axis)),
    ),
    label(0, bottom + 29, { class: 'axis' }, 'core'),
    label(options.width - RIGHT, bottom + 29, { class: 'axis', 'text-anchor': 'end' }, 'seconds'),
    label(options.width, bottom + 29, { class: 'axis', 'text-anchor': 'end' }, 'busy'),
  );
}

/** Few cores get room; many still fit a screen. */
function rowOf(cores: number): { height: number; gap: number } {
  if (cores <= 4) return { height: 34, gap: 4 };
  if (cores <= 16) return { height: 18, gap: 3 };
  if (cores <= 48) return { height: 9, gap: 1 };
  return { height: 5, gap: 1 };
}
