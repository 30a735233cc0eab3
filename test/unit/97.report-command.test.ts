import { linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { helpOn } from '../../lib/cli/help/help-text.js';
import { reportCommandLine } from '../../lib/cli/report.js';
import { parseReportArguments, reportOptionTable } from '../../lib/cli/report-arguments.js';
import { formatUsageError, UsageError } from '../../lib/cli/usage-error.js';
import { readJsonCapture } from '../support/captures.js';
import { comparisonResult } from '../support/comparison-fixture.js';

let directory = '';
let stdout = '';
let stderr = '';
const file = (name: string) => join(directory, name);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vnetperf-report-'));
  stdout = '';
  stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text, done) => {
    stdout += text;
    if (typeof done === 'function') (done as () => void)();
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
  writeFileSync(file('compare-4821.json'), JSON.stringify(comparisonResult()));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

describe('the arguments of report', () => {
  it('are files and formats in any order', () => {
    expect(parseReportArguments(['--html', 'a.json', '--csv', 'b.json'])).toEqual({
      show: 'report',
      files: ['a.json', 'b.json'],
      formats: ['html', 'csv'],
      output: undefined,
      reference: false,
      limits: [],
      failBelowBitsPerSecond: undefined,
      outcomeFiles: {},
    });
    expect(parseReportArguments(['a.json', '--reference'])).toMatchObject({ formats: [], reference: true });
    expect(parseReportArguments(['a.json', '-o', '-', '--mark'])).toMatchObject({ formats: ['markdown'], output: '-' });
    expect(parseReportArguments(['--help'])).toEqual({ show: 'help' });
  });

  it('are refused without a file, and where one output is to hold two formats', () => {
    expect(() => parseReportArguments([])).toThrow(UsageError);
    expect(() => parseReportArguments(['a.json', '--html', '--csv', '-o', 'x'])).toThrow('--output names one file');
    try {
      parseReportArguments(['--pdf', 'a.json']);
      expect.unreachable();
    } catch (error) {
      expect(formatUsageError(error as UsageError)).toContain('Usage: vnetperf report FILE... [--html]');
    }
  });

  it('stand in the help, each of them', () => {
    for (const { long } of reportOptionTable) expect(helpOn(['report'])).toContain(`--${long}`);
    expect(helpOn(['report'])).toContain('throughput_bits_per_s');
    expect(
      Math.max(
        ...helpOn(['report'])
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
  });
});

describe('report', () => {
  it('shows the table and the verdict where no format is asked for', async () => {
    expect(await reportCommandLine([file('compare-4821.json')])).toBe(0);
    expect(stdout).toContain('median Gbit/s');
    expect(stdout).toContain('Pinning makes docker-bridge');
  });

  it('writes every format beside its input', async () => {
    const formats = ['--html', '--svg', '--markdown', '--csv'];
    expect(await reportCommandLine([file('compare-4821.json'), ...formats])).toBe(0);
    expect(stdout.trim().split('\n')).toEqual(
      ['html', 'svg', 'md', 'csv'].map((extension) => `Written: ${file(`compare-4821.${extension}`)}`),
    );
    expect(readFileSync(file('compare-4821.html'), 'utf8')).toMatch(/^<!doctype html>/);
    expect(readFileSync(file('compare-4821.svg'), 'utf8')).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    // Again: a report is overwritten.
    expect(await reportCommandLine([file('compare-4821.json'), '--csv'])).toBe(0);
  });

  it('writes to standard output and to a file that is named', async () => {
    expect(await reportCommandLine([file('compare-4821.json'), '--csv', '-o', '-'])).toBe(0);
    expect(stdout).toMatch(/^file,cell,role,/);
    expect(await reportCommandLine([file('compare-4821.json'), '-o', file('table.txt')])).toBe(0);
    expect(readFileSync(file('table.txt'), 'utf8')).toContain('median Gbit/s');
  });

  it('never overwrites what it reads, under no name', async () => {
    symlinkSync(file('compare-4821.json'), file('link.html'));
    linkSync(file('compare-4821.json'), file('hard.html'));
    const before = readFileSync(file('compare-4821.json'), 'utf8');
    for (const output of ['compare-4821.json', 'link.html', 'hard.html']) {
      expect(await reportCommandLine([file('compare-4821.json'), '--html', '-o', file(output)])).toBe(1);
    }
    expect(stderr).toContain('is a file that the report is made from');
    expect(readFileSync(file('compare-4821.json'), 'utf8')).toBe(before);
  });

  it.each([
    ['nothing.json', undefined, 'cannot read'],
    ['half.json', '{"format": "vnetperf-result", "plan": {', 'is not JSON'],
    ['foreign.json', '{"name": "something else"}', 'is neither the result of a comparison nor a report of iperf3'],
    ['list.json', '[1, 2]', 'is neither the result of a comparison nor a report of iperf3'],
    ['bare.json', '{"format": "vnetperf-result", "formatVersion": "1.0"}', 'bare.json'],
    ['failed.json', '{"start": {}, "intervals": [], "end": {}, "error": "unable to connect"}', 'unable to connect'],
  ])('says what is wrong with %s, and names it', async (name, text, message) => {
    if (text !== undefined) writeFileSync(file(name), text);
    expect(await reportCommandLine([file('compare-4821.json'), file(name), '--html'])).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain(file(name));
    expect(stdout).toBe('');
  });

  it('says where it cannot write', async () => {
    expect(await reportCommandLine([file('compare-4821.json'), '--html', '-o', file('no/such/page.html')])).toBe(1);
    expect(stderr).toContain(`cannot write ${file('no/such/page.html')}: No such file or directory`);
  });

  it('puts a comparison and single tests into one report, a section each', async () => {
    writeFileSync(file('tcp.json'), readJsonCapture('tcp.client.json'));
    expect(await reportCommandLine([file('tcp.json'), file('compare-4821.json'), '--html', '-o', '-'])).toBe(0);
    expect(stdout).toContain('<h1>2 measurements</h1>');
    expect(stdout.match(/<h2>/g)).toHaveLength(2);
    expect(stdout).toContain('One test. There is nothing to compare it with');
  });
});
