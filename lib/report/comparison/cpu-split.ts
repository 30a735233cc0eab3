import type { CorePercent } from '../../traffic/events.js';
import type { ReportedCell } from '../reported-cell.js';
import { busyText, type CPU_KINDS, hoverArea, sharesText, stackedShares } from './cpu-kinds.js';
import { type FigureOptions, figure, label } from './figure.js';
import { element, type Markup } from './markup.js';

const LEFT = 30;
const RIGHT = 46;
const ROW_HEIGHT = 20;
const BAR_HEIGHT = 15;

/** On a large machine the cores that had nothing to do are counted, not drawn. */
const NOTEWORTHY_BUSY_PERCENT = 2;
const ALWAYS_SHOWN = 8;

/** A bar a core: how its time was split, mean of the cell's runs. Undefined where no run knows its cores. */
export function cpuSplit(cell: ReportedCell, options: FigureOptions): Markup | undefined {
  const cores = meanShares(cell);
  if (cores.length === 0) return undefined;
  const shown =
    cores.length <= ALWAYS_SHOWN ? cores : cores.filter(({ idle }) => 100 - idle >= NOTEWORTHY_BUSY_PERCENT);
  const bottom = shown.length * ROW_HEIGHT;
  const width = options.width - LEFT - RIGHT;
  const left = cores.length - shown.length;
  return figure(
    options,
    {
      height: bottom + 34,
      title: `${cell.cell.name}: share of each core's time`,
      description: shown.map((share) => `Core ${share.core}: ${sharesText(share)}.`).join(' '),
    },
    shown.map((share, index) => {
      const y = index * ROW_HEIGHT;
      const place = { x: LEFT, y, width, height: BAR_HEIGHT };
      return element(
        'g',
        {},
        label(LEFT - 6, y + 12, { class: 'tick', 'text-anchor': 'end' }, share.core),
        element('rect', { class: 'band', ...place }),
        stackedShares(share, place, 'right'),
        hoverArea(place, `core ${share.core}: ${sharesText(share)}`, { 'data-core': `${share.core}` }),
        label(options.width, y + 12, { class: 'tick', 'text-anchor': 'end' }, busyText(share)),
      );
    }),
    [0, 50, 100].map((percent) =>
      label(LEFT + (width * percent) / 100, bottom + 12, { class: 'tick', 'text-anchor': 'middle' }, percent),
    ),
    label(0, bottom + 28, { class: 'axis' }, 'core'),
    label(options.width, bottom + 28, { class: 'axis', 'text-anchor': 'end' }, 'busy'),
    label(
      options.width - RIGHT,
      bottom + 28,
      { class: 'axis', 'text-anchor': 'end' },
      left === 0 ? 'percent' : `percent; ${left} idle cores left out`,
    ),
  );
}

/** Over the runs of a cell, each core by itself. */
export function meanShares({ measured }: Pick<ReportedCell, 'measured'>): CorePercent[] {
  const byCore = new Map<number, CorePercent[]>();
  for (const { measurement } of measured) {
    for (const share of measurement.cores) byCore.set(share.core, [...(byCore.get(share.core) ?? []), share]);
  }
  return [...byCore]
    .sort(([a], [b]) => a - b)
    .map(([core, shares]) => {
      const mean = (kind: (typeof CPU_KINDS)[number] | 'idle') =>
        shares.reduce((sum, share) => sum + share[kind], 0) / shares.length;
      return {
        core,
        user: mean('user'),
        system: mean('system'),
        irq: mean('irq'),
        softirq: mean('softirq'),
        steal: mean('steal'),
        idle: mean('idle'),
      };
    });
}
