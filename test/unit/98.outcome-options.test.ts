import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCompareArguments } from '../../lib/cli/compare/arguments.js';
import { statusWithGate } from '../../lib/cli/outcome/exit-status.js';
import { checkOutcomeFiles, writeOutcomeFile } from '../../lib/cli/outcome/outcome-files.js';
import { parseLimit, parseRateLimit, parseRatioLimit } from '../../lib/cli/outcome/outcome-options.js';
import { parseOptions } from '../../lib/cli/parse-options.js';
import { parseReportArguments } from '../../lib/cli/report-arguments.js';

describe('--fail-below', () => {
  it.each([
    ['9G', 9e9],
    ['2.5m', 2.5e6],
    ['500K', 5e5],
    ['1t', 1e12],
  ])('of a test takes a rate with its letter: %s', (text, rate) => {
    expect(parseRateLimit(text)).toBe(rate);
    expect(parseLimit(text)).toEqual({ bitsPerSecond: rate });
  });

  it.each(['', '0.95', '9', '0G', '9Gbit', '-1G', 'x=9G', '9 G', '1e3M'])('of a test refuses %j', (text) => {
    expect(() => parseRateLimit(text)).toThrow(
      `bad value for --fail-below: '${text}' (a rate with its letter, for example 9G or 500M)`,
    );
  });

  it.each([
    ['0.95', 0.95, undefined],
    ['1', 1, undefined],
    ['ovs=0.9', 0.9, 'ovs'],
    ['ovs pin=auto=0.9', 0.9, 'ovs pin=auto'],
    ['100', 100, undefined],
  ])('of a comparison takes a ratio, of a cell too: %s', (text, ratio, cell) => {
    expect(parseRatioLimit(text)).toEqual({ ratio, cell });
    expect(parseLimit(text)).toEqual({ ratio, cell });
  });

  it.each(['', '=0.9', 'ovs=', '0', '-1', '9G', '95%', '1e-3', '1001', 'ovs', 'nan'])(
    'of a comparison refuses %j',
    (text) => {
      expect(() => parseRatioLimit(text)).toThrow(`bad value for --fail-below: '${text}' (a ratio `);
    },
  );

  it('is read by every command that measures, and by report', () => {
    expect(
      parseOptions(['run', 'veth', '--fail-below', '9G', '--junit', 'a', '--github', '--metrics=b'], {}),
    ).toMatchObject({
      own: { failBelowBitsPerSecond: 9e9, junit: 'a', github: true, metrics: 'b' },
    });
    expect(parseOptions(['-c', 'h', '--fail-below=9G'], {})).toMatchObject({ own: { failBelowBitsPerSecond: 9e9 } });
    expect(
      parseCompareArguments(['veth', 'ovs', '--fail-below', '0.9', '--fail-below', 'ovs=0.5', '--junit', 'a']),
    ).toMatchObject({
      limits: [{ ratio: 0.9 }, { ratio: 0.5, cell: 'ovs' }],
      files: { junit: 'a' },
      // What is asked of a result is not part of what is measured again.
      words: ['veth', 'ovs'],
    });
    expect(parseCompareArguments(['--resume', 'x.json', '--fail-below', '0.9', '--github'])).toMatchObject({
      command: 'resume',
      limits: [{ ratio: 0.9 }],
      files: { github: true },
    });
    expect(parseReportArguments(['x.json', '--fail-below', '0.9', '--fail-below', '9G'])).toMatchObject({
      limits: [{ ratio: 0.9 }],
      failBelowBitsPerSecond: 9e9,
    });
  });

  it("is no server's, which has metrics alone", () => {
    expect(() => parseOptions(['-s', '--fail-below', '9G'], {})).toThrow('client only');
    expect(() => parseOptions(['-s', '--junit', 'x'], {})).toThrow('client only');
    expect(parseOptions(['-s', '--metrics', 'x'], {})).toMatchObject({ own: { metrics: 'x' } });
  });

  it("leaves iperf3's abbreviations alone", () => {
    expect(parseOptions(['-c', 'h', '--m'], {})).toMatchObject({ configuration: { settings: { mptcp: true } } });
    expect(parseOptions(['-c', 'h', '--fi', 'x'], {})).toMatchObject({ configuration: { filePath: 'x' } });
  });
});

describe('the exit status with a limit', () => {
  it.each([
    [0, undefined, 0],
    [1, undefined, 1],
    [0, 'passed', 0],
    [0, 'failed', 3],
    [0, 'undecided', 4],
    [1, 'passed', 1],
    [1, 'failed', 3],
    [1, 'undecided', 1],
  ] as const)('%d and %s: %d', (status, gate, together) => {
    expect(statusWithGate(status, gate)).toBe(together);
  });
});

describe('the files of an outcome', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vnetperf-outcome-'));
  const file = (name: string) => join(directory, name);
  afterAll(() => rmSync(directory, { recursive: true }));

  it('are found out to be writable without leaving anything', () => {
    writeFileSync(file('old.xml'), 'old');
    checkOutcomeFiles({ junit: file('old.xml'), metrics: file('new.prom') });
    expect(readdirSync(directory)).toEqual(['old.xml']);
    expect(readFileSync(file('old.xml'), 'utf8')).toBe('old');
  });

  it.each([
    ['no/such/place.xml', 'No such file or directory'],
    ['a-directory', 'it is a directory'],
    ['old.xml/below', 'Not a directory'],
  ])('%s is refused in a sentence', (name, reason) => {
    mkdirSync(file('a-directory'), { recursive: true });
    writeFileSync(file('old.xml'), 'old');
    const message = `cannot write ${file(name)}: ${reason}`;
    expect(() => checkOutcomeFiles({ junit: file(name) })).toThrow(
      expect.objectContaining({ code: 'ERR_REPORT_FILE', message }),
    );
    expect(() => checkOutcomeFiles({ metrics: file(name) })).toThrow(message);
  });

  it('are none of what is there for something else', () => {
    writeFileSync(file('result.json'), '{}');
    symlinkSync(file('result.json'), file('link.xml'));
    expect(() => checkOutcomeFiles({ junit: file('link.xml') }, [file('result.json')])).toThrow(
      'it is not overwritten',
    );
    expect(() => checkOutcomeFiles({ junit: file('x'), metrics: file('./x') })).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('Give --metrics') }),
    );
    expect(() => checkOutcomeFiles({ junit: '/dev/null' })).toThrow('it is no regular file');
    expect(() => checkOutcomeFiles({ junit: '-' })).toThrow("cannot write '-': it is no name of a file");
  });

  it('are written whole, for everybody to read, in the place of what was there', () => {
    writeFileSync(file('m.prom'), 'old');
    chmodSync(file('m.prom'), 0o600);
    const before = process.umask(0o077);
    try {
      writeOutcomeFile('--metrics', file('m.prom'), 'new\n');
    } finally {
      process.umask(before);
    }
    expect(readFileSync(file('m.prom'), 'utf8')).toBe('new\n');
    expect(statSync(file('m.prom')).mode & 0o777).toBe(0o644);
    expect(readdirSync(directory).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('keep what was there where they cannot be written', () => {
    rmSync(file('gone'), { recursive: true, force: true });
    expect(() => writeOutcomeFile('--metrics', file('gone/m.prom'), 'x')).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('Give --metrics') }),
    );
    expect(existsSync(file('gone'))).toBe(false);
  });
});
