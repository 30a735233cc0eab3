import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactAxis, roundAxis, tickText } from '../../lib/report/comparison/axis.js';
import { coreHeatMap } from '../../lib/report/comparison/core-heat-map.js';
import { cpuSplit, meanShares } from '../../lib/report/comparison/cpu-split.js';
import { dotPlot } from '../../lib/report/comparison/dot-plot.js';
import { evidenceText } from '../../lib/report/comparison/evidence.js';
import { retransmitPlot } from '../../lib/report/comparison/retransmits.js';
import { reportedCells } from '../../lib/report/comparison/section.js';
import { sectionsOf } from '../../lib/report/comparison/section-of.js';
import { throughputOverTime, timeScales } from '../../lib/report/comparison/throughput-over-time.js';
import { medianRun, type ReportedCell } from '../../lib/report/reported-cell.js';
import { comparisonResult } from '../support/comparison-fixture.js';

const result = comparisonResult();
const cells = reportedCells(sectionsOf([{ content: 'comparison', path: 'compare-4821.json', result }])[0]!);
const options = { width: 360, id: 'figure' };
const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;
const cellOf = (id: string): ReportedCell => cells.find(({ cell }) => cell.id === id)!;

describe('an axis', () => {
  it('has ticks at 1, 2 or 5 times a power of ten, around all figures, and in order on the paper', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e12, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 2, max: 10 }),
        (high, share, wanted) => {
          const low = high * share;
          const axis = roundAxis(low, high, { from: 10, to: 310, count: wanted });
          const step = axis.ticks[1]! - axis.ticks[0]!;
          const mantissa = step / 10 ** Math.floor(Math.log10(step) + 1e-6);
          expect([1, 2, 5].some((round) => Math.abs(mantissa - round) < 1e-3)).toBe(true);
          expect(axis.low).toBeLessThanOrEqual(low * (1 + 1e-9));
          expect(axis.high).toBeGreaterThanOrEqual(high * (1 - 1e-9));
          expect(axis.position(axis.low)).toBeCloseTo(10);
          expect(axis.position(axis.high)).toBeCloseTo(310);
          expect(axis.ticks.length).toBeLessThanOrEqual(wanted + 3);
        },
      ),
    );
  });

  it('writes its ticks with the decimals that they need', () => {
    const texts = (low: number, high: number) => {
      const axis = roundAxis(low, high, { from: 0, to: 100, count: 4 });
      return axis.ticks.map((tick) => tickText(tick, axis));
    };
    expect(texts(0, 62)).toEqual(['0', '20', '40', '60', '80']);
    expect(texts(0.1, 0.45)).toEqual(['0.1', '0.2', '0.3', '0.4', '0.5']);
    expect(texts(7, 7)).toEqual(['6', '8', '10', '12', '14']);
  });

  it('can end where the run ends', () => {
    const axis = exactAxis(2.3, { from: 0, to: 230, count: 4 });
    expect(axis.position(2.3)).toBe(230);
    expect(axis.ticks).toEqual([0, 1, 2]);
  });
});

describe('the dot plot', () => {
  const plot = dotPlot(cells, options).text;

  it('has a dot for every measured run, at its own figure, and a cross for every failed one', () => {
    const measured = cells.flatMap((cell) => cell.measured);
    expect(count(plot, /class="dot/g)).toBe(measured.length);
    expect(count(plot, /class="failed"/g)).toBe(1);
    for (const run of measured) {
      const value = run.measurement.bitsPerSecond / 1e9;
      expect(plot).toContain(`data-cell="${run.cell}" data-block="${run.block}" data-value="${value}"`);
    }
  });

  it('marks every outlier by shape', () => {
    const outliers = result.analysis.cells.flatMap((cell) => cell.outliers);
    expect(outliers.length).toBeGreaterThan(0);
    expect(count(plot, /<path class="dot outlier"/g)).toBe(outliers.length);
  });

  it('tells a pointer what a mark is, and who hears it what the whole is', () => {
    expect(plot).toContain('block 5: failed: no packet crossed from client to server within 5 s</title>');
    expect(plot).toMatch(/median 61\.\d Gbit\/s<\/title>/);
    expect(plot).toMatch(
      /<desc id="figure-description">docker-bridge {2}pin=off: 40\.\d \(.* to .*\) Gbit\/s, 11 runs/,
    );
    expect(plot).toContain('viewBox="0 0 360 ');
  });

  it('says where the axis does not begin at zero', () => {
    expect(plot).toContain('the axis does not begin at zero');
    expect(dotPlot([cellOf('c3')], options).text).not.toContain('NaN');
  });

  it('has nothing to break where no run was measured', () => {
    const empty = {
      ...cellOf('c1'),
      measured: [],
      summary: { ...cellOf('c1').summary, medianBitsPerSecond: undefined, medianInterval: undefined },
    };
    const plotOfNothing = dotPlot([empty], options).text;
    expect(plotOfNothing).toContain('not measured');
    expect(plotOfNothing).not.toMatch(/NaN|Infinity/);
  });
});

describe('figures over time and cores', () => {
  it('draws a line a run, and the median run thicker', () => {
    const drawing = throughputOverTime(cellOf('c3'), timeScales(cells), options)!.text;
    expect(count(drawing, /class="run"/g)).toBe(10);
    expect(count(drawing, /class="run typical"/g)).toBe(1);
    expect(drawing).not.toMatch(/NaN|Infinity/);
  });

  it('takes as the median run the one with the median throughput', () => {
    const rates = cellOf('c3').measured.map(({ measurement }) => measurement.bitsPerSecond);
    expect(medianRun(cellOf('c3'))!.measurement.bitsPerSecond).toBe(rates.sort((a, b) => a - b)[5]);
  });

  it('has a column for every core and interval of the heat map, each with its figures', () => {
    const drawing = coreHeatMap(cellOf('c3'), options)!.text;
    expect(count(drawing, /class="hover"/g)).toBe(8 * 10);
    expect(drawing).toMatch(/core 0, 0\.0 to 0\.5 s: user \d %, system \d+ %, softirq \d+ %, idle \d %/);
    expect(drawing).toContain('url(#fill-softirq)');
  });

  it('splits the mean time of each core, which sums to the whole', () => {
    for (const { user, system, irq, softirq, steal, idle } of meanShares(cellOf('c5'))) {
      expect(user + system + irq + softirq + steal + idle).toBeCloseTo(100, 6);
    }
    expect(count(cpuSplit(cellOf('c5'), options)!.text, /data-core=/g)).toBe(8);
  });

  it('draws nothing of what was not measured', () => {
    const blind = {
      ...cellOf('c1'),
      measured: cellOf('c1').measured.map((run) => ({
        ...run,
        measurement: { ...run.measurement, cores: [], intervals: [], directions: [] },
      })),
    };
    expect(coreHeatMap(blind, options)).toBeUndefined();
    expect(cpuSplit(blind, options)).toBeUndefined();
    expect(throughputOverTime(blind, timeScales([blind]), options)).toBeUndefined();
    expect(retransmitPlot([blind], options)).toBeUndefined();
  });

  it('draws a machine with 256 cores with all of them over time, and only those that worked as bars', () => {
    const large = {
      ...cellOf('c1'),
      measured: cellOf('c1').measured.map((run) => {
        const more = (shares: typeof run.measurement.cores) =>
          Array.from({ length: 256 }, (_, core) =>
            core < 8 ? shares[core]! : { core, user: 0, system: 0, irq: 0, softirq: 0, steal: 0, idle: 100 },
          );
        const intervals = run.measurement.intervals.map((interval) => ({ ...interval, cores: more(interval.cores) }));
        return { ...run, measurement: { ...run.measurement, intervals, cores: more(run.measurement.cores) } };
      }),
    };
    expect(count(coreHeatMap(large, options)!.text, /class="hover"/g)).toBe(256 * 10);
    expect(cpuSplit(large, options)!.text).toContain('248 idle cores left out');
  });
});

it('says the figures behind a limit with their units', () => {
  expect(evidenceText({ core: 0, systemPercent: 66.12, congestionWindowBytes: 3_000_000, rttMicroseconds: 40 })).toBe(
    'core 0, system 66.1 %, congestion window 2.86 MiB, rtt 40.0 µs',
  );
  expect(evidenceText({ percentOfTime: 41.4, mssBytes: 1448, pacedBitsPerSecond: 2.5e9 })).toBe(
    '41.4 % of time, mss 1448 bytes, paced 2.50 Gbit/s',
  );
});
