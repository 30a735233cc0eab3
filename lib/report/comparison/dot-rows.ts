import type { Interval } from '../../compare/analysis.js';
import type { MeasuredRun } from '../../compare/result.js';
import type { ReportedCell } from '../reported-cell.js';
import { type Axis, roundAxis, tickText } from './axis.js';
import { type FigureOptions, figure, fitted, hover, label, line } from './figure.js';
import { element, type Markup } from './markup.js';

const LABEL_HEIGHT = 20;
const BAND_HEIGHT = 40;
const ROW_GAP = 12;
/** Where failed runs stand, which have no place on the axis. */
const GUTTER = 20;
const EDGE = 2;

/** What is shown of each run. */
export interface DotRows {
  title: string;
  /** `Gbit/s` */
  unit: string;
  /** In that unit; undefined where the run does not know. */
  value(run: MeasuredRun): number | undefined;
  text(value: number): string;
  median(cell: ReportedCell): number | undefined;
  interval?(cell: ReportedCell): Interval | undefined;
  outlier?(cell: ReportedCell, run: MeasuredRun): boolean;
  /** Counts and shares mean nothing without their zero. */
  fromZero?: boolean;
}

/**
 * A row a cell, a dot a run, from top to bottom in the order of the blocks, so that a drift of the machine shows as a
 * slant. The bar is the interval of the median, the line in it the median.
 */
export function dotRows(cells: readonly ReportedCell[], rows: DotRows, options: FigureOptions): Markup {
  const values = cells.flatMap(({ measured }) => measured.flatMap((run) => rows.value(run) ?? []));
  const bottom = rowsHeight(cells.length);
  const axis = axisOf(values, options.width, rows.fromZero ?? false);
  const blocks = cells.flatMap(({ measured, failed }) => [...measured, ...failed].map(({ block }) => block));
  const place = { axis, blocks: 1 + Math.max(0, ...blocks), width: options.width };
  return figure(
    options,
    {
      height: dotRowsHeight(cells.length),
      title: rows.title,
      description: cells.map((cell) => sentence(cell, rows)).join(' '),
    },
    cells.map((_, index) => {
      const y = rowTop(index) + LABEL_HEIGHT;
      return element('rect', { class: 'band', x: EDGE, y, width: options.width - 2 * EDGE, height: BAND_HEIGHT });
    }),
    axis.ticks.map((tick) => [
      line('grid', axis.position(tick), LABEL_HEIGHT, axis.position(tick), bottom),
      label(axis.position(tick), bottom + 15, { class: 'tick', 'text-anchor': 'middle' }, tickText(tick, axis)),
    ]),
    label(options.width - EDGE, bottom + 34, { class: 'axis', 'text-anchor': 'end' }, axisWords(axis, rows)),
    cells.map((cell, index) => row(cell, rows, { ...place, top: rowTop(index) })),
  );
}

/** Of the whole drawing. */
export function dotRowsHeight(cells: number): number {
  return rowsHeight(cells) + 42;
}

function rowTop(index: number): number {
  return index * (LABEL_HEIGHT + BAND_HEIGHT + ROW_GAP);
}

function rowsHeight(cells: number): number {
  return rowTop(cells) - ROW_GAP / 2;
}

/** From zero, unless that would press everything into the right half. */
function axisOf(values: readonly number[], width: number, fromZero: boolean): Axis {
  const low = Math.min(...values);
  const high = Math.max(0, ...values);
  const span = { from: EDGE + GUTTER + 8, to: width - EDGE - 20, count: width > 500 ? 8 : 4 };
  return values.length === 0 ? roundAxis(0, 1, span) : roundAxis(fromZero || low < high / 2 ? 0 : low, high, span);
}

function axisWords({ low }: Axis, { unit }: DotRows): string {
  return low === 0 ? unit : `${unit}; the axis does not begin at zero`;
}

interface RowPlace {
  top: number;
  axis: Axis;
  blocks: number;
  width: number;
}

function row(cell: ReportedCell, rows: DotRows, { top, axis, blocks, width }: RowPlace): Markup {
  const band = top + LABEL_HEIGHT;
  const atBlock = (block: number) => band + 4 + ((block + 0.5) / blocks) * (BAND_HEIGHT - 8);
  const figures = figuresText(cell, rows);
  const { name } = cell.cell;
  return element(
    'g',
    {},
    label(EDGE, top + 14, { class: 'name' }, fitted(name, width - 2 * EDGE - figures.length * 6.6 - 16), hover(name)),
    label(width - EDGE, top + 14, { class: 'value', 'text-anchor': 'end' }, figures),
    middle(cell, rows, axis, band),
    cell.measured.map((run) => dot(cell, run, rows, axis, atBlock(run.block))),
    cell.failed.map(({ block, failure }) =>
      element(
        'path',
        { class: 'failed', d: `M${EDGE + 6} ${atBlock(block) - 4}l8 8m0 -8l-8 8` },
        hover(`${name}, block ${block + 1}: failed: ${failure.message}`),
      ),
    ),
  );
}

function middle(cell: ReportedCell, rows: DotRows, axis: Axis, band: number): Markup[] {
  const interval = rows.interval?.(cell);
  const median = rows.median(cell);
  const marks: Markup[] = [];
  if (interval !== undefined) {
    const [low, high] = interval;
    // An interval of runs that hardly differ is still to be seen.
    const width = Math.max(2, axis.position(high) - axis.position(low));
    const words = `95 % interval of the median: ${rows.text(low)} to ${rows.text(high)} ${rows.unit}`;
    const place = { x: axis.position(low), y: band, width, height: BAND_HEIGHT };
    marks.push(element('rect', { class: 'interval', ...place }, hover(words)));
  }
  if (median !== undefined) {
    const x = axis.position(median);
    marks.push(line('median', x, band, x, band + BAND_HEIGHT, hover(`median ${rows.text(median)} ${rows.unit}`)));
  }
  return marks;
}

/** A circle; a diamond for what is far out, so that it shows without colour. */
function dot(cell: ReportedCell, run: MeasuredRun, rows: DotRows, axis: Axis, y: number): Markup | undefined {
  const value = rows.value(run);
  if (value === undefined) return undefined;
  const x = axis.position(value);
  const outlier = rows.outlier?.(cell, run) ?? false;
  const words = hover(
    `${cell.cell.name}, block ${run.block + 1}: ${rows.text(value)} ${rows.unit}${outlier ? ', an outlier' : ''}`,
  );
  const data = { 'data-cell': cell.cell.id, 'data-block': `${run.block}`, 'data-value': `${value}` };
  if (!outlier) return element('circle', { class: 'dot', cx: x, cy: y, r: 3.5, ...data }, words);
  const d = `M${x} ${y - 6}l6 6l-6 6l-6 -6z`;
  return element('path', { class: 'dot outlier', d, ...data }, words);
}

function figuresText(cell: ReportedCell, rows: DotRows): string {
  const median = rows.median(cell);
  if (median === undefined) return cell.failed.length > 0 ? 'failed' : 'not measured';
  const interval = rows.interval?.(cell);
  return interval === undefined
    ? rows.text(median)
    : `${rows.text(median)} (${rows.text(interval[0])} to ${rows.text(interval[1])})`;
}

function sentence(cell: ReportedCell, rows: DotRows): string {
  const runs = `${cell.measured.length} ${cell.measured.length === 1 ? 'run' : 'runs'}`;
  const failed = cell.failed.length === 0 ? '' : `, ${cell.failed.length} failed`;
  return `${cell.cell.name}: ${figuresText(cell, rows)} ${rows.unit}, ${runs}${failed}.`;
}
