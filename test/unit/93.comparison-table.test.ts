import { describe, expect, it } from 'vitest';
import type { CellSummary } from '../../lib/compare/analysis.js';
import type { Cell } from '../../lib/compare/result.js';
import { containerNetworkCells } from '../../lib/compare/suite/container-networks.js';
import { type Summarised, summaryTable } from '../../lib/report/comparison/summary-rows.js';
import { terminalTable } from '../../lib/report/comparison/terminal-table.js';

function cell(id: string, name: string, role: Cell['role'] = 'cell'): Cell {
  return { id, name, role, levels: {}, command: [], remarks: [] };
}

function summary(id: string, gbits: number | undefined, more: Partial<CellSummary> = {}): CellSummary {
  const measured = gbits === undefined ? 0 : 10;
  return {
    cell: id,
    measured,
    failed: 10 - measured,
    outliers: [],
    limitedBy: [],
    ...(gbits === undefined
      ? {}
      : {
          medianBitsPerSecond: gbits * 1e9,
          medianInterval: [gbits * 0.97e9, gbits * 1.03e9],
          spread: 0.061,
        }),
    ...more,
  };
}

const compared: Summarised = {
  plan: {
    seed: 4821,
    cells: [
      cell('c1', 'docker-bridge pin=off', 'baseline'),
      cell('c1-again', 'docker-bridge pin=off (A/A)', 'twin'),
      cell('c2', 'docker-bridge pin=auto'),
      cell('c3', 'ipvlan pin=off'),
    ],
    factors: [],
    contrasts: [
      { cell: 'c2', baseline: 'c1' },
      { cell: 'c3', baseline: 'c1' },
    ],
    warmUpBlocks: 1,
    blocks: 10,
    secondsPerRun: 2,
  },
  analysis: {
    blocks: 10,
    confidence: 0.95,
    cells: [
      summary('c1', 41.2, { limitedBy: ['core 3 softirq'], migrationsPerSecond: 214.4 }),
      summary('c1-again', 41.5, { migrationsPerSecond: 0.4 }),
      summary('c2', 61.8, {
        limitedBy: ['core 0 saturated (66 % system, 32 % softirq)'],
        outliers: [
          { block: 3, bitsPerSecond: 40.1e9 },
          { block: 6, bitsPerSecond: 41e9 },
        ],
      }),
      summary('c3', undefined, { failure: 'ipvlan needs the kernel module ipvlan' }),
    ],
    contrasts: [
      { cell: 'c2', baseline: 'c1', pairs: 10, ratio: 1.5, interval: [1.43, 1.58], verdict: 'faster' },
      { cell: 'c3', baseline: 'c1', pairs: 0, verdict: 'too-few-runs' },
    ],
    noise: { ratio: 1.01, interval: [0.96, 1.05], smallestDifference: 0.05, suspicious: false },
    sentences: [],
  },
};

describe('the table of a comparison', () => {
  it('has a row for each cell, with one unit, and what does not fit a row below', () => {
    expect(terminalTable(compared, undefined)).toEqual([
      '                              median Gbit/s   95 % interval   ratio   95 % interval   spread   limited by',
      'docker-bridge pin=off                  41.2     40.0 - 42.4    1.00        baseline    6.1 %   core 3 softirq; 214 migrations/s',
      'docker-bridge pin=off (A/A)            41.5     40.3 - 42.7    1.01     0.96 - 1.05    6.1 %',
      'docker-bridge pin=auto                 61.8     59.9 - 63.7    1.50     1.43 - 1.58    6.1 %   core 0 saturated (66 % system, 32 % softirq)',
      'ipvlan pin=off                       failed',
      '',
      'docker-bridge pin=auto: outliers, counted like every run: 40.1 Gbit/s in block 4, 41.0 Gbit/s in block 7',
      'ipvlan pin=off failed: ipvlan needs the kernel module ipvlan',
    ]);
  });

  it('wraps what limited a cell beside the figures', () => {
    const lines = terminalTable(compared, 122);
    expect(lines.slice(4, 6)).toEqual([
      'docker-bridge pin=auto                 61.8     59.9 - 63.7    1.50     1.43 - 1.58    6.1 %   core 0 saturated (66 %',
      '                                                                                               system, 32 % softirq)',
    ]);
  });

  it('puts it below where there is no room, and the name above', () => {
    expect(terminalTable(compared, 80).slice(0, 8)).toEqual([
      '  median Gbit/s   95 % interval   ratio   95 % interval   spread',
      'docker-bridge pin=off',
      '           41.2     40.0 - 42.4    1.00        baseline    6.1 %',
      '    limited by core 3 softirq; 214 migrations/s',
      'docker-bridge pin=off (A/A)',
      '           41.5     40.3 - 42.7    1.01     0.96 - 1.05    6.1 %',
      'docker-bridge pin=auto',
      '           61.8     59.9 - 63.7    1.50     1.43 - 1.58    6.1 %',
    ]);
  });

  it('keeps every figure at every width, in ASCII', () => {
    const figures = ['41.2', '40.0 - 42.4', '1.50', '1.43 - 1.58', '6.1 %', '40.1 Gbit/s', '214'];
    for (let width = 1; width < 200; width++) {
      const text = terminalTable(compared, width).join(' ').replaceAll(/ +/g, ' ');
      for (const figure of figures) expect(text).toContain(figure);
      expect(text).toMatch(/^[\x20-\x7e]*$/);
    }
    for (const width of [80, 100, 120, 160]) {
      for (const line of terminalTable(compared, width)) expect(line.length, line).toBeLessThanOrEqual(width);
    }
  });

  it('shows round trips, jitter and loss only where there are any', () => {
    const titles = (result: Summarised) => summaryTable(result).columns.map(({ title }) => title);
    expect(titles(compared)).not.toContain('lost');
    const [first, ...others] = compared.analysis!.cells;
    const cells = [
      {
        ...first!,
        lostPercent: 0,
        jitterMs: 0.0213,
        idleRoundTripMicroseconds: 31.26,
        loadedRoundTripMicroseconds: 211,
      },
      ...others,
    ];
    const udp = { ...compared, analysis: { ...compared.analysis!, cells } };
    expect(titles(udp)).toEqual([
      '',
      'median Gbit/s',
      '95 % interval',
      'ratio',
      '95 % interval',
      'spread',
      'idle us',
      'loaded us',
      'jitter ms',
      'lost',
      'limited by',
    ]);
    expect(summaryTable(udp).rows[0]?.texts).toMatchObject({
      idleRoundTrip: '31.3',
      loadedRoundTrip: '211.0',
      jitter: '0.021',
      lost: '0.0 %',
    });
  });

  it('chooses the unit by its largest figure and the digits by its smallest', () => {
    const rates = (...mbits: number[]) => {
      const cells = mbits.map((rate, index) => summary(`c${index}`, rate / 1000));
      const plan = { ...compared.plan, cells: cells.map(({ cell: id }) => cell(id, id)) };
      const table = summaryTable({ plan, analysis: { ...compared.analysis!, cells, contrasts: [] } });
      return [table.columns[1]!.title, ...table.rows.map(({ texts }) => texts.median)];
    };
    expect(rates(99.9, 1.05)).toEqual(['median Mbit/s', '99.90', '1.05']);
    expect(rates(62_000, 950)).toEqual(['median Gbit/s', '62.000', '0.950']);
    expect(rates(0.5)).toEqual(['median kbit/s', '500']);
  });

  it('gives a third decimal to ratios that are known so well', () => {
    const contrasts = [
      { ...compared.analysis!.contrasts[0]!, ratio: 1.004, interval: [0.998, 1.011] as [number, number] },
    ];
    const { rows } = summaryTable({ ...compared, analysis: { ...compared.analysis!, contrasts } });
    expect(rows[2]?.texts).toMatchObject({ ratio: '1.004', ratioInterval: '0.998 - 1.011' });
  });

  it('is a list of names before anything was measured', () => {
    expect(terminalTable({ plan: compared.plan }, undefined)).toEqual([
      '                              median   ratio   95 % interval',
      'docker-bridge pin=off                   1.00        baseline',
      'docker-bridge pin=off (A/A)',
      'docker-bridge pin=auto',
      'ipvlan pin=off',
    ]);
  });
});

describe('the tables of a suite with networks across two hosts', () => {
  it('are two, each against its first, in a unit that tells its rates apart', () => {
    const { cells, factors, contrasts } = containerNetworkCells(['loopback', 'hosts', 'vxlan'], []);
    const plan = { ...compared.plan, cells, factors, contrasts };
    const rates = new Map([
      ['loopback-pinned', 62.1],
      ['loopback-unpinned', 40.3],
      ['hosts-pinned', 0.941],
      ['vxlan-pinned', 0.908],
    ]);
    const analysis = {
      ...compared.analysis!,
      cells: cells.map(({ id }) =>
        summary(id, rates.get(id) ?? 0.1, { lostPercent: id.endsWith('udp') ? 0 : undefined }),
      ),
      contrasts: [
        { cell: 'vxlan-pinned', baseline: 'hosts-pinned', pairs: 10, ratio: 0.965, verdict: 'slower' as const },
      ],
    };
    expect(terminalTable({ plan, analysis }, undefined).slice(0, 6)).toEqual([
      "on one host   TCP pinned Gbit/s   TCP unpinned Gbit/s   UDP Mbit/s   loss   of the host's loopback",
      'loopback                   62.1                  40.3        100.0   none                     1.00',
      '',
      'across two hosts   TCP pinned Mbit/s   UDP Mbit/s   loss   of hosts',
      'hosts                          941.0        100.0   none       1.00',
      'vxlan                          908.0        100.0   none       0.96',
    ]);
  });
});

describe('the table of the suite', () => {
  it('has a row for each technology, as the published ones', () => {
    const planned = containerNetworkCells(['loopback', 'veth', 'ovs-netdev'], []);
    const plan = { ...compared.plan, cells: planned.cells, factors: planned.factors, contrasts: planned.contrasts };
    const udp = { idleRoundTripMicroseconds: 18.2, loadedRoundTripMicroseconds: 25.9 };
    const analysis = {
      ...compared.analysis!,
      cells: [
        summary('loopback-pinned', 62.1),
        summary('loopback-unpinned', 40.3),
        summary('loopback-udp', 0.1, { ...udp, lostPercent: 0 }),
        summary('veth-pinned', 58.4),
        summary('veth-unpinned', 38.9),
        summary('veth-udp', 0.1, { ...udp, lostPercent: 0.0213 }),
        summary('ovs-netdev-pinned', undefined),
        summary('ovs-netdev-unpinned', 2.1),
        summary('ovs-netdev-udp', 0.09, { ...udp, lostPercent: 10 }),
      ],
      contrasts: [
        {
          cell: 'veth-pinned',
          baseline: 'loopback-pinned',
          pairs: 10,
          ratio: 0.94,
          interval: [0.92, 0.96] as [number, number],
          verdict: 'slower' as const,
        },
      ],
    };
    expect(terminalTable({ plan, analysis }, undefined).slice(0, 4)).toEqual([
      "technology   TCP pinned Gbit/s   TCP unpinned Gbit/s   UDP Mbit/s   latency us   under load us      loss   of the host's loopback",
      'loopback                  62.1                  40.3        100.0         18.2            25.9      none                     1.00',
      'veth                      58.4                  38.9        100.0         18.2            25.9   0.021 %       0.94 (0.92 - 0.96)',
      'ovs-netdev              failed                   2.1         90.0         18.2            25.9    10.0 %',
    ]);
  });
});
