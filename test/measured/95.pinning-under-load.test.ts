import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CellSummary } from '../../lib/compare/analysis.js';
import type { Measurement } from '../../lib/compare/measurement.js';
import type { ComparisonResult } from '../../lib/compare/result.js';
import { LabCommands } from '../support/lab-command.js';
import { isValidByAjv } from '../support/result-documents.js';
import { WakingLoad } from '../support/waking-load.js';

const root = process.getuid?.() === 0;
const BLOCKS = 4;
const SECONDS = 1;

describe.runIf(root)('pinned or not, while other processes wake on all cores', () => {
  let vnetperf: LabCommands;
  let stdout: string;
  let result: ComparisonResult;

  beforeAll(async () => {
    vnetperf = new LabCommands();
    const path = join(vnetperf.directory, 'pinning.json');
    await using load = await WakingLoad.start(120);
    const words = ['--runs', `${BLOCKS}`, '-t', `${SECONDS}`, '--seed', '95', '--output', path];
    const finished = await vnetperf.run('compare', 'bridge', '--vary', 'pin=off,auto', ...words);
    expect(load.running).toBe(true);
    expect({ status: finished.status, stderr: finished.stderr }).toEqual({ status: 0, stderr: '' });
    stdout = finished.stdout;
    result = JSON.parse(readFileSync(path, 'utf8'));
    expect(isValidByAjv(result), JSON.stringify(isValidByAjv.errors?.slice(0, 3))).toBe(true);
  }, 110_000);
  afterAll(async () => {
    const left = vnetperf?.left();
    await vnetperf?.dispose();
    expect(left).toEqual([]);
  });

  function cellOf(name: string): { measurements: Measurement[]; summary: CellSummary; remarks: string[] } {
    const cell = result.plan.cells.find((one) => one.name === name)!;
    const summary = result.analysis!.cells.find((one) => one.cell === cell.id)!;
    const runs = result.runs.filter((run) => run.cell === cell.id && run.block >= 0);
    const measurements = runs.flatMap((run) => (run.outcome === 'measured' ? [run.measurement] : []));
    expect(measurements).toHaveLength(BLOCKS);
    return { measurements, summary, remarks: cell.remarks };
  }

  it.each(['bridge pin=off', 'bridge pin=auto'])('the result file has migrations, cores and rate: %s', (name) => {
    const { measurements, summary } = cellOf(name);
    expect(summary.medianBitsPerSecond).toBeGreaterThan(0);
    expect(summary.migrationsPerSecond).toBeGreaterThanOrEqual(0);
    for (const { bitsPerSecond, streams, cores, intervals } of measurements) {
      expect(bitsPerSecond).toBeGreaterThan(0);
      expect(cores.length).toBeGreaterThan(0);
      expect(intervals.length).toBeGreaterThan(0);
      for (const interval of intervals) {
        expect(interval.cores.map(({ core }) => core)).toEqual(cores.map(({ core }) => core));
        expect(interval.streams.map(({ core }) => core)).toEqual([expect.any(Number)]);
      }
      expect(streams.map(({ end, migrations }) => ({ end, migrations }))).toEqual([
        { end: 'client', migrations: expect.any(Number) },
        { end: 'server', migrations: expect.any(Number) },
      ]);
    }
  });

  it('each stream’s bytes by core sum to its bytes exactly', () => {
    const streams = result.runs.flatMap((run) => (run.outcome === 'measured' ? run.measurement.streams : []));
    // Two ends of the cells off, off again and auto, the warm-up included.
    expect(streams).toHaveLength(2 * 3 * (BLOCKS + 1));
    for (const { bytes, bytesByCore } of streams) {
      expect(bytes).toBeGreaterThan(0);
      expect(bytesByCore.reduce((sum, { bytes: moved }) => sum + moved, 0)).toBe(bytes);
    }
  });

  it('without pinning threads migrate, and their bytes are on several cores', () => {
    const streams = ['bridge pin=off', 'bridge pin=off (A/A)'].flatMap((name) =>
      cellOf(name).measurements.flatMap((measurement) => measurement.streams),
    );
    expect(streams.reduce((sum, { migrations = 0 }) => sum + migrations, 0)).toBeGreaterThan(0);
    expect(streams.some(({ bytesByCore }) => bytesByCore.length > 1)).toBe(true);
    for (const { pin } of streams) expect(pin?.asked).toEqual([]);
  });

  it('pinned, none does: each end stays where --pin auto put it, and the report says why', () => {
    const { measurements, summary, remarks } = cellOf('bridge pin=auto');
    expect(summary.migrationsPerSecond).toBe(0);
    for (const { streams } of measurements) {
      for (const { pin, migrations, bytesByCore } of streams) {
        expect(migrations).toBe(0);
        expect(pin?.got).toEqual(pin?.asked);
        expect(bytesByCore.map(({ core }) => core)).toEqual(pin?.asked);
      }
      const [client, server] = streams.map(({ pin }) => pin?.asked[0]);
      expect(client).not.toBe(server);
    }
    expect(remarks).toEqual([expect.stringMatching(/^--pin auto: cores \d+ and \d+/)]);
    expect(stdout).toContain(remarks[0]);
  });
});
