import { medianRun, type ReportedCell } from '../reported-cell.js';
import { coreHeatMap } from './core-heat-map.js';
import { cpuLegend } from './cpu-kinds.js';
import { cpuSplit } from './cpu-split.js';
import { type Content, element } from './markup.js';
import { panels } from './page-figures.js';
import { detail, type PartPlace } from './page-part.js';
import { table } from './table.js';

/** What the cores did: the picture that made people think of pinning, and the figures behind it. */
export function coreParts(cells: readonly ReportedCell[], place: PartPlace): Content {
  const groups = besideEachOther(cells);
  const heat = groups.map((group, index) =>
    panels(group, coreHeatMap, `${place.id}-heat-${index + 1}`, group.length > 1 ? 'panels pair' : 'panels'),
  );
  const split = panels(cells, cpuSplit, `${place.id}-split`);
  const drawn = heat.some((one) => one !== undefined);
  if (!drawn && split === undefined) return detail('Where the bytes ran', place, bytesTable(cells));
  return [
    detail('Cores over time', place, drawn ? [heatWords, cpuLegend(), heat] : undefined),
    detail("Share of each core's time", place, split === undefined ? undefined : [splitWords, cpuLegend(), split]),
    detail('Where the bytes ran', place, bytesTable(cells)),
  ];
}

const heatWords = element(
  'p',
  { class: 'faint' },
  'The run with the median throughput of each cell. How high a column is filled is how busy the core was.',
);
const splitWords = element('p', { class: 'faint' }, 'Mean of all runs of each cell.');

/** Cells that differ by their pinning alone make a group; without that factor all are one. */
function besideEachOther(cells: readonly ReportedCell[]): ReportedCell[][] {
  const pins = new Set(cells.map(({ cell }) => cell.levels.pin));
  if (pins.size < 2) return [[...cells]];
  const groups = new Map<string, ReportedCell[]>();
  for (const one of cells) {
    const { pin, ...others } = one.cell.levels;
    const key = JSON.stringify(Object.entries(others).sort());
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** Of the median run. */
function bytesTable(cells: readonly ReportedCell[]): Content {
  const rows = cells.flatMap((one) => {
    const run = medianRun(one);
    const streams = run?.measurement.streams.filter(({ bytesByCore }) => bytesByCore.length > 0) ?? [];
    return streams.map(({ id, end, role, bytesByCore, bytes, migrations, pin, receiveCore }) => [
      one.cell.name,
      `${id}, ${end} ${role === 'sender' ? 'sends' : 'receives'}`,
      bytesByCore
        .filter((share) => share.bytes > 0)
        .sort((a, b) => b.bytes - a.bytes)
        .map((share) => `${share.core} (${((100 * share.bytes) / Math.max(1, bytes)).toFixed(0)} %)`)
        .join(', '),
      migrations === undefined ? '' : `${migrations}`,
      pin === undefined || pin.asked.length === 0 ? 'not pinned' : `core ${pin.asked.join(', ')}`,
      receiveCore === undefined ? '' : `core ${receiveCore}`,
    ]);
  });
  if (rows.length === 0) return undefined;
  return table(
    'Cores on which each stream moved its bytes, in the run with the median throughput',
    [
      { title: 'cell' },
      { title: 'stream' },
      { title: 'cores, share of the bytes' },
      { title: 'migrations', numeric: true },
      { title: 'pinned to' },
      { title: 'kernel received on' },
    ],
    rows,
  );
}
