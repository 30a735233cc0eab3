import { describe, expect, it } from 'vitest';
import type { Limit } from '../../lib/compare/measurement.js';
import { type GivenOption, planCells } from '../../lib/compare/plan/cells.js';
import type { VariedFactor } from '../../lib/compare/plan/factors.js';
import type { ComparisonPlan, RunRecord } from '../../lib/compare/result.js';
import { randomGenerator } from '../../lib/compare/statistics/random.js';
import { analyse } from '../../lib/compare/verdict/analyse.js';
import { failedRun, measuredRun, standardNormal } from '../support/synthetic-comparison.js';

type Levels = Record<string, string>;
interface Told {
  kinds: readonly string[];
  factors?: readonly VariedFactor[];
  peers?: readonly string[][];
  given?: readonly GivenOption[];
  blocks?: number;
  rate(levels: Levels): number;
  /** Relative. */
  noise(levels: Levels): number;
  limits?(levels: Levels): Limit[];
  change?(run: RunRecord): RunRecord;
}

function sentences({
  kinds,
  factors = [],
  peers = [],
  given = [],
  blocks = 12,
  rate,
  noise,
  limits,
  change,
}: Told): string[] {
  const plan: ComparisonPlan = {
    ...planCells({ kinds, factors, given, peers }),
    seed: 1,
    warmUpBlocks: 1,
    blocks,
    secondsPerRun: 2,
  };
  const random = randomGenerator(4);
  const runs = Array.from({ length: blocks }, (_, block) =>
    plan.cells.map(({ id, levels }): RunRecord => {
      const bitsPerSecond = rate(levels) * (1 + noise(levels) * standardNormal(random));
      const run = measuredRun(id, block, bitsPerSecond, { limits: limits?.(levels) ?? [] });
      return change === undefined ? run : change(run);
    }),
  );
  return analyse(plan, runs.flat()).sentences;
}

const PIN: VariedFactor = { name: 'pin', levels: ['off', 'auto'] };
const limit = (text: string): Limit => ({ kind: 'core-saturated', text, evidence: {} });
const even = () => 0.02;

describe('the verdict in words', () => {
  it('says what pinning does, to the rate and to its steadiness, and why', () => {
    const told = sentences({
      kinds: ['docker-bridge'],
      factors: [PIN],
      rate: ({ pin }) => (pin === 'off' ? 41e9 : 61e9),
      noise: ({ pin }) => (pin === 'off' ? 0.07 : 0.008),
      limits: ({ pin }) => [limit(pin === 'off' ? 'core 3 softirq (97 %)' : 'core 0 saturated (66 % system)')],
    });
    expect(told[0]).toMatch(
      /^Pinning makes docker-bridge 1\.\d\d times as fast \(1\.\d\d to 1\.\d\d\) and [a-z]+ times as steady\.$/,
    );
    expect(told[1]).toBe(
      'On docker-bridge, pin=auto is limited by core 0 saturated (66 % system); pin=off by core 3 softirq (97 %).',
    );
    expect(told.at(-1)).toMatch(/^Differences under \d(\.\d)? % cannot be shown on this machine today\.$/);
  });

  it('names what two networks have in common first', () => {
    const told = sentences({
      kinds: ['docker-bridge', 'ovs'],
      factors: [PIN],
      rate: ({ topology, pin }) => (topology === 'ovs' ? 0.6 : 1) * (pin === 'off' ? 41e9 : 61e9),
      noise: even,
    });
    expect(told[1]).toMatch(/^Unpinned, ovs reaches 0\.\d\d of docker-bridge \(0\.\d\d to 0\.\d\d\)\.$/);
    expect(told).toContainEqual(expect.stringMatching(/^Pinned, ovs reaches 0/));
    expect(told).toContainEqual(expect.stringMatching(/^ovs pin=auto reaches 0\.\d\d of docker-bridge pin=off /));
  });

  it('names the level of any other factor', () => {
    const congestion = { name: 'congestion', levels: ['cubic', 'bbr'] };
    const rate = ({ congestion }: Levels) => (congestion === 'bbr' ? 2e10 : 4e10);
    expect(sentences({ kinds: ['bridge'], factors: [congestion], rate, noise: even })[0]).toMatch(
      /^bridge is slower with congestion=bbr than with congestion=cubic: 0\.50 times \(0\.\d\d to 0\.\d\d\)\.$/,
    );
  });

  it('names the program where that is what differs', () => {
    const rate = ({ tool }: Levels) => (tool === 'iperf3' ? 3e10 : 4e10);
    expect(sentences({ kinds: ['bridge'], peers: [['iperf3']], rate, noise: even })[0]).toMatch(
      /^iperf3 on bridge reaches 0\.7\d of bridge /,
    );
  });

  it('says slower of pinning too', () => {
    const rate = ({ pin }: Levels) => (pin === 'off' ? 4e10 : 3e10);
    expect(sentences({ kinds: ['veth'], factors: [PIN], rate, noise: even })[0]).toMatch(
      /^Pinning makes veth slower, 0\.7\d times as fast /,
    );
  });

  it('gives a small ratio the digits that it needs', () => {
    const rate = ({ topology }: Levels) => (topology === 'veth' ? 1.0031e9 : 1e9);
    expect(sentences({ kinds: ['bridge', 'veth'], rate, noise: () => 0.0003 })[0]).toMatch(
      /^veth is faster than bridge: 1\.003\d* times \(1\.00[23]\d* to 1\.003\d*\)\.$/,
    );
  });

  it('finds no difference where there is none, and says what it would take to see one', () => {
    const told = sentences({ kinds: ['bridge', 'bridge'], rate: () => 4e10, noise: even });
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(
      /^No difference between bridge \(2\) and bridge that this machine can show \(ratio \d\.\d+, 0\.\d+ to 1\.\d+\)\.$/,
    );
    expect(told[1]).toMatch(/^Differences under \d\.\d % cannot be shown/);
  });

  it('tells steadiness where the rates are the same', () => {
    const noise = ({ pin }: Levels) => (pin === 'off' ? 0.1 : 0.01);
    expect(sentences({ kinds: ['bridge'], factors: [PIN], rate: () => 4e10, noise, blocks: 16 })[0]).toMatch(
      /^No difference between pin=auto and pin=off on bridge .*, but pin=auto is [a-z ]+ as steady\.$/,
    );
  });

  it('does not call a difference one that the baseline has from itself', () => {
    const twin = (run: RunRecord) =>
      run.cell === 'c1-again' && run.outcome === 'measured'
        ? measuredRun(run.cell, run.block, run.measurement.bitsPerSecond * 1.05)
        : run;
    const rate = ({ topology }: Levels) => (topology === 'veth' ? 4e10 * 1.06 : 4e10);
    const told = sentences({ kinds: ['bridge', 'veth'], rate, noise: () => 0.003, change: twin });
    expect(told[0]).toMatch(
      /^These figures are not to be believed yet: bridge, measured twice under two names, differs from itself by [45](\.\d)? %/,
    );
    expect(told[1]).toMatch(
      /^No difference .*: it is within the [45](\.\d)? % by which the baseline differed from itself\.$/,
    );
  });

  it('has a figure for the best and the worst contrast where they are far apart', () => {
    const told = sentences({
      kinds: ['bridge', 'veth', 'ovs'],
      rate: () => 4e10,
      noise: ({ topology }) => (topology === 'ovs' ? 0.2 : 0.01),
    });
    expect(told.at(-1)).toMatch(
      /^Differences under [\d.]+ % cannot be shown on this machine today, and between ovs and bridge none under \d\d %\.$/,
    );
  });
});

describe('what could not be measured, in words', () => {
  const rate = ({ topology }: Levels) => (topology === 'veth' ? 5e10 : 4e10);
  const failing = (id: string, when: (block: number) => boolean, message: string) => (run: RunRecord) =>
    run.cell === id && when(run.block) ? failedRun(id, run.block, message) : run;

  it('a cell that failed in every run, with its reason', () => {
    const change = failing('c2', () => true, 'ovs needs ovs-vswitchd, which does not run.');
    const told = sentences({ kinds: ['bridge', 'ovs', 'veth'], rate, noise: even, change });
    expect(told[0]).toMatch(/^veth is faster than bridge/);
    expect(told[1]).toBe('ovs could not be measured: ovs needs ovs-vswitchd, which does not run.');
    expect(told).toHaveLength(3);
  });

  it('a cell that failed now and then', () => {
    const change = failing('c2', (block) => block % 4 === 1, 'the server went away');
    const told = sentences({ kinds: ['bridge', 'veth'], rate, noise: even, change });
    expect(told).toContain('veth failed in 3 of 12 runs: the server went away.');
  });

  it('the baseline, with which every contrast goes', () => {
    const change = (run: RunRecord) => (run.cell === 'c2' ? run : failedRun(run.cell, run.block, 'no such device'));
    const told = sentences({ kinds: ['bridge', 'veth'], rate, noise: even, change });
    expect(told).toEqual([
      'bridge could not be measured: no such device.',
      'bridge (A/A) could not be measured: no such device.',
    ]);
  });

  it('a baseline that was not measured twice', () => {
    const change = failing('c1-again', () => true, 'no such device');
    const told = sentences({ kinds: ['bridge', 'veth'], rate, noise: even, change });
    expect(told[0]).toMatch(/^veth is faster than bridge/);
    expect(told).toContain('How much the baseline differs from itself is not known: it was not measured twice.');
  });

  it('cells that the default congestion control paced, unless it was asked for', () => {
    const pacing: Limit = { kind: 'pacing', text: 'pacing by bbr', evidence: { pacedStreams: 1 } };
    const core: Limit = { kind: 'core-saturated', text: 'core 0 saturated', evidence: {} };
    const sender = {
      end: 'client',
      role: 'sender',
      bytes: 1,
      bytesByCore: [],
      congestion: 'bbr',
      paced: true,
    } as const;
    const change = (run: RunRecord): RunRecord => {
      if (run.outcome === 'measured') run.measurement.streams = [{ id: 1, ...sender, bytesByCore: [] }];
      return run;
    };
    const told = (limits: Told['limits'], more: Partial<Told> = {}) =>
      sentences({ kinds: ['bridge', 'veth'], rate, noise: even, limits, change, ...more }).filter((sentence) =>
        sentence.includes('-C cubic'),
      );
    expect(told(() => [pacing, core])).toEqual([
      'bbr, the default congestion control, set the pace of every cell, below what the path may carry. To measure the path: -C cubic.',
    ]);
    expect(told(({ topology }) => (topology === 'veth' ? [pacing] : [core, pacing]))).toEqual([
      'bbr, the default congestion control, set the pace of veth, below what the path may carry. To measure the path: -C cubic.',
    ]);
    expect(told(() => [pacing], { kinds: ['ovs', 'nat', 'bridge', 'veth', 'routed', 'hosts'] })).toEqual([
      expect.stringContaining('every cell'),
    ]);
    const but = ({ topology }: Levels) => (topology === 'ovs' ? [core] : [pacing]);
    expect(told(but, { kinds: ['ovs', 'nat', 'bridge', 'veth', 'routed', 'hosts'] })).toEqual([
      expect.stringContaining('set the pace of nat, bridge, veth and 2 more,'),
    ]);
    expect(told(() => [pacing], { given: [{ name: 'congestion', words: ['-C', 'bbr'], iperf3: true }] })).toEqual([]);
    const congestion = { name: 'congestion', levels: ['cubic', 'default'] };
    expect(told(() => [pacing], { kinds: ['bridge'], factors: [congestion] })).toEqual([]);
  });

  it('too few blocks, and how many it takes', () => {
    expect(sentences({ kinds: ['bridge', 'veth'], rate, noise: even, blocks: 3 })).toEqual([
      'Too few runs for a verdict: 3 blocks are measured, it takes 4 (--runs 4).',
    ]);
    expect(sentences({ kinds: ['bridge', 'veth', 'ovs'], rate, noise: even, blocks: 1 })).toEqual([
      'Too few runs for a verdict: 1 block is measured, it takes 5 with 2 comparisons (--runs 5).',
    ]);
  });
});
