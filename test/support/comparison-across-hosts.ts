import { linkMeasurementOf } from '../../lib/compare/link/link-measurement-of.js';
import type { ComparisonPlan, ComparisonResult, RunRecord } from '../../lib/compare/result.js';
import { containerNetworkCells, isAcrossHosts } from '../../lib/compare/suite/container-networks.js';
import { analyse } from '../../lib/compare/verdict/analyse.js';
import { defaultSettings } from '../../lib/configuration/settings.js';
import { reportedCells } from '../../lib/report/comparison/section.js';
import type { ReportedCell } from '../../lib/report/reported-cell.js';
import { vxlanHeaders } from '../../lib/topology/hosts/encapsulation.js';
import { aLink } from './a-link.js';
import { comparisonResult } from './comparison-fixture.js';
import { carrier, core, direction, measured, receiver, stream } from './limited-measurement.js';

/** As many as a median's interval takes, around the middle one. */
const BLOCKS = 7;
const MIDDLE = 3;
const OVER_VXLAN = ['vxlan', 'flannel-vxlan', 'ovs-vxlan'];

/** A suite with networks across two hosts, over a link of that rate: Mbit/s of TCP for each network. */
export function suiteAcrossHosts(
  megabits: Readonly<Record<string, number>>,
  rateBitsPerSecond?: number,
): ComparisonResult & { analysis: ReturnType<typeof analyse> } {
  const planned = containerNetworkCells(['loopback', ...Object.keys(megabits)], []);
  const plan: ComparisonPlan = {
    ...planned,
    cells: planned.cells.map(({ runWords: _, ...cell }) => cell),
    seed: 1,
    warmUpBlocks: 1,
    blocks: BLOCKS,
    secondsPerRun: 10,
  };
  const runs = Array.from({ length: BLOCKS }, (_, block) =>
    plan.cells.map(({ id, levels }, position): RunRecord => {
      const kind = levels.topology!;
      const rate = (megabits[kind] ?? 40_000) * 1e6 * (1 + (block - MIDDLE) / 1000);
      return {
        cell: id,
        block,
        position,
        startedAt: '2026-11-21T08:00:00.000Z',
        elapsedSeconds: 11,
        outcome: 'measured',
        measurement: measurement(kind, levels.measure!, rate, rateBitsPerSecond),
      };
    }),
  ).flat();
  return { ...comparisonResult(), formatVersion: '1.2', plan, runs, analysis: analyse(plan, runs) };
}

export function cellsAcrossHosts(...suite: Parameters<typeof suiteAcrossHosts>): ReportedCell[] {
  return reportedCells(suiteAcrossHosts(...suite));
}

function measurement(kind: string, measure: string, bitsPerSecond: number, rateBitsPerSecond: number | undefined) {
  const tunnelled = OVER_VXLAN.includes(kind);
  const isUdp = measure.startsWith('UDP');
  const figures = measured({
    directions: [direction({ bitsPerSecond, ...(isUdp ? { datagrams: 1000, lost: 0, lostPercent: 0 } : {}) })],
    streams: [stream({ mssBytes: tunnelled ? 1398 : 1448 }), receiver()],
    carriers: kind === 'ovs-vxlan' ? [carrier(20, { host: 'client' }), carrier(30, { host: 'server' })] : [],
    cores: [core(0, { system: 20, softirq: 10 }), core(1, { system: 20, softirq: 30 })],
  });
  const link = aLink({
    planned: { ...aLink().planned, rateBitsPerSecond, headers: tunnelled ? vxlanHeaders(4) : [] },
    mtuBytes: tunnelled ? 1450 : 1500,
  });
  return {
    ...figures,
    bitsPerSecond,
    ...(!isAcrossHosts(kind) ? {} : { link: linkMeasurementOf(link, figures, defaultSettings()) }),
    limits: [],
    warnings: [],
  };
}
