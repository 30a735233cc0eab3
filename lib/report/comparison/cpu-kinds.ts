import type { CorePercent } from '../../traffic/events.js';
import { hover } from './figure.js';
import { element, type Markup } from './markup.js';

/** What a core does with its time, as they are stacked. Idle is what is left blank. */
export const CPU_KINDS = ['user', 'system', 'softirq', 'irq', 'steal'] as const;

/** Colours alone would leave out who cannot tell them apart: each kind but system has its own texture too. */
export function cpuPatterns(): Markup {
  return element('defs', {}, CPU_KINDS.map(pattern));
}

function pattern(kind: (typeof CPU_KINDS)[number]): Markup {
  const ground = element('rect', { width: 6, height: 6, class: `cpu-${kind}` });
  const strokes: Record<typeof kind, string | undefined> = {
    user: 'M0 1.5H6M0 4.5H6',
    system: undefined,
    softirq: 'M-1 7L7 -1M-1 1L1 -1M5 7L7 5',
    irq: 'M1.5 0V6M4.5 0V6',
    steal: 'M0 0L6 6M6 0L0 6',
  };
  const d = strokes[kind];
  return element(
    'pattern',
    { id: `fill-${kind}`, width: 6, height: 6, patternUnits: 'userSpaceOnUse' },
    ground,
    d === undefined ? undefined : element('path', { class: 'texture', d }),
  );
}

/** One core's share, upwards from the bottom of a column or rightwards along a bar. */
export function stackedShares(
  share: CorePercent,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  direction: 'up' | 'right',
): Markup[] {
  let before = 0;
  return CPU_KINDS.flatMap((kind) => {
    const from = before;
    before = Math.min(100, from + Math.max(0, share[kind]));
    const part = (before - from) / 100;
    // Thinner than a fifth of a pixel is not to be seen.
    if (part * (direction === 'up' ? height : width) < 0.2) return [];
    const place =
      direction === 'up'
        ? { x, y: y + height * (1 - before / 100), width, height: height * part }
        : { x: x + (width * from) / 100, y, width: width * part, height };
    return [element('rect', { fill: `url(#fill-${kind})`, ...place })];
  });
}

export function sharesText(share: CorePercent): string {
  return [...CPU_KINDS, 'idle' as const]
    .filter((kind) => kind === 'system' || kind === 'idle' || share[kind] >= 0.5)
    .map((kind) => `${kind} ${Math.round(share[kind])} %`)
    .join(', ');
}

export function cpuLegend(): Markup {
  return element(
    'ul',
    { class: 'legend' },
    [...CPU_KINDS, 'idle' as const].map((kind) =>
      element(
        'li',
        {},
        element(
          'svg',
          { viewBox: '0 0 18 12', width: 18, height: 12, 'aria-hidden': 'true' },
          element('rect', {
            class: 'frame',
            x: 0.5,
            y: 0.5,
            width: 17,
            height: 11,
            fill: kind === 'idle' ? 'none' : `url(#fill-${kind})`,
          }),
        ),
        ` ${kind}`,
      ),
    ),
  );
}

/** Busy in percent, as htop writes it beside a core's meter. */
export function busyText({ idle }: Pick<CorePercent, 'idle'>): string {
  return `${Math.round(100 - idle)} %`;
}

/** The area that answers a resting pointer with the figures, above the shares that it is about. */
export function hoverArea(
  place: { x: number; y: number; width: number; height: number },
  words: string,
  data: Record<string, string | number> = {},
): Markup {
  return element('rect', { class: 'hover', ...place, ...data }, hover(words));
}
