import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../lib/compare/measurement.js';
import { measurementOf } from '../../lib/compare/measuring/measurement-of.js';
import { resolveClient } from '../../lib/configuration/resolve-client.js';
import type { TestSettings } from '../../lib/configuration/settings.js';
import { topology } from '../../lib/topology/topology.js';
import type { CorePercent } from '../../lib/traffic/events.js';
import { runBothEnds, testOn } from '../../lib/traffic/run-both-ends.js';
import { OutsideProcStat, type ProcStatReadings } from '../support/outside-proc-stat.js';
import { PromptThread } from '../support/prompt-thread.js';

const root = process.getuid?.() === 0;
const SECONDS = 3;
/** /proc/stat counts in ticks of 10 ms: one at either end of a second. */
const POINTS = 2;
const KINDS = ['user', 'system', 'irq', 'softirq', 'steal', 'idle'] as const;

interface Watched {
  measurement: Pick<Measurement, 'cores' | 'intervals'>;
  outside: ProcStatReadings;
  /** When the gate opened, CLOCK_MONOTONIC. */
  opened: number;
  /** When the last figures came. */
  ended: number;
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}

async function watched(pin: { client: number[]; server: number[] }, settings: Partial<TestSettings>): Promise<Watched> {
  await using network = await topology('bridge');
  await using reader = await OutsideProcStat.start(SECONDS + 3);
  const configuration = resolveClient({
    host: '',
    intervalSeconds: 1,
    cores: pin.client,
    settings: { ...settings, durationSeconds: SECONDS },
  });
  using _prompt = new PromptThread();
  let opened = Number.POSITIVE_INFINITY;
  let ended = 0;
  const run = await runBothEnds(network, testOn(network, configuration, false), {
    pin,
    onEvent: (event) => {
      if (event.type !== 'interval') return;
      ended = now();
      // An event comes at its time or later: the earliest of them tells best when time 0 was.
      opened = Math.min(opened, ended - event.endSeconds);
    },
  });
  return { measurement: measurementOf(run, { warnings: [] }), outside: await reader.readings(), opened, ended };
}

function furthest(inside: readonly CorePercent[], outside: readonly CorePercent[]): number {
  return Math.max(
    ...inside.flatMap((percent) => KINDS.map((kind) => Math.abs(percent[kind] - outside[percent.core]![kind]))),
  );
}

describe.runIf(root)('the shares of each core’s time', () => {
  it.each<[string, { client: number[]; server: number[] }, Partial<TestSettings>]>([
    ['TCP, pinned', { client: [0], server: [1] }, {}],
    ['TCP, not pinned', { client: [], server: [] }, { parallel: 2 }],
    ['UDP at a rate that leaves idle time', { client: [0], server: [1] }, { protocol: 'udp', rateBitsPerSecond: 1e9 }],
  ])('sum to 100, and are what another process reads from /proc/stat: %s', async (_, pin, settings) => {
    const { measurement, outside, opened, ended } = await watched(pin, settings);
    const { intervals } = measurement;
    expect(intervals).toHaveLength(SECONDS);
    for (const { cores } of [measurement, ...intervals]) {
      expect(cores.length).toBeGreaterThan(0);
      for (const core of cores) expect(KINDS.reduce((sum, kind) => sum + core[kind], 0)).toBeCloseTo(100, 6);
    }

    for (const [index, { startSeconds, endSeconds, cores }] of intervals.entries()) {
      // The cores are read last of all, when the workers have finished.
      const until = index === intervals.length - 1 ? ended : opened + endSeconds;
      expect(furthest(cores, outside.percents(opened + startSeconds, until))).toBeLessThanOrEqual(POINTS);
    }
    expect(furthest(measurement.cores, outside.percents(opened, ended))).toBeLessThanOrEqual(POINTS);
  });
});
