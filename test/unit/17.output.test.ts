import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Output, type TextStream } from '../../lib/cli/output/output.js';
import { strftime } from '../../lib/cli/strftime.js';
import type { OutputConfiguration } from '../../lib/configuration/configuration.js';

const plain: OutputConfiguration = {
  mode: 'text',
  jsonStreamFullOutput: false,
  verbose: false,
  format: 'a',
  forceFlush: false,
};

class Recorder implements TextStream {
  text = '';
  #listener: ((error: NodeJS.ErrnoException) => void) | undefined;
  write(text: string): void {
    this.text += text;
  }
  on(_: 'error', listener: (error: NodeJS.ErrnoException) => void): void {
    this.#listener = listener;
  }
  fail(code: string): void {
    if (this.#listener === undefined) throw new Error('nobody listens: Node would end the process');
    this.#listener(Object.assign(new Error(code), { code }));
  }
}

const moment = new Date(2026, 3, 9, 15, 4, 5);

function make(configuration: Partial<OutputConfiguration> = {}, onReaderGone?: () => void) {
  const stdout = new Recorder();
  const stderr = new Recorder();
  const output = new Output({ ...plain, ...configuration }, { stdout, stderr, now: () => moment, onReaderGone });
  return { output, stdout, stderr };
}

describe('where text goes', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'vnetperf-output-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('reports to standard output, errors and warnings to standard error', () => {
    const { output, stdout, stderr } = make();
    output.out('a row');
    output.err('iperf3: error - x');
    output.warn('warning: y');
    expect(stdout.text).toBe('a row\n');
    expect(stderr.text).toBe('iperf3: error - x\nwarning: y\n');
  });

  it('--timestamps puts one in front of each printed unit and each error, not of warnings', () => {
    const { output, stdout, stderr } = make({ timestampFormat: '%H:%M:%S ' });
    output.out('a row');
    output.out('several\nlines');
    output.err('iperf3: error - x');
    output.warn('warning: y');
    expect(stdout.text).toBe('15:04:05 a row\n15:04:05 several\nlines\n');
    expect(stderr.text).toBe('15:04:05 iperf3: error - x\nwarning: y\n');
  });

  it('--timestamps leaves JSON alone', () => {
    for (const mode of ['json', 'json-stream'] as const) {
      const { output, stdout } = make({ mode, timestampFormat: '%T ' });
      output.out('{}');
      expect(stdout.text).toBe('{}\n');
    }
  });

  it('--timestamps takes 99 characters at most', () => {
    const { output, stdout } = make({ timestampFormat: 'x'.repeat(200) });
    output.out('row');
    expect(stdout.text).toBe(`${'x'.repeat(99)}row\n`);
  });

  it('--logfile takes reports and errors, is appended to, and leaves warnings to the terminal', () => {
    const path = join(directory, 'log');
    for (const run of [1, 2]) {
      const { output, stdout, stderr } = make({ logFilePath: path });
      output.out(`row ${run}`);
      output.err('iperf3: error - x');
      output.warn('warning: y');
      output.close();
      expect([stdout.text, stderr.text]).toEqual(['', 'warning: y\n']);
    }
    expect(readFileSync(path, 'utf8')).toBe('row 1\niperf3: error - x\nrow 2\niperf3: error - x\n');
  });

  it('a rotated log is followed at the next test', () => {
    const path = join(directory, 'rotated');
    const { output } = make({ logFilePath: path });
    output.out('first');
    renameSync(path, `${path}.1`);
    output.reopen();
    output.out('second');
    output.close();
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('first\n');
    expect(readFileSync(path, 'utf8')).toBe('second\n');
  });

  it('a log that cannot be opened is error 17', () => {
    const path = join(directory, 'no', 'such', 'directory');
    expect(() => make({ logFilePath: path })).toThrow(
      expect.objectContaining({
        iperf3Number: 17,
        message: 'unable to open log file: No such file or directory',
      }),
    );
  });

  it('a log that cannot be opened again is error 17, and the errors go where a person sees them', () => {
    const inner = mkdtempSync(join(directory, 'inner-'));
    const { output, stderr } = make({ logFilePath: join(inner, 'log') });
    rmSync(inner, { recursive: true });
    expect(() => output.reopen()).toThrow('unable to open log file: No such file or directory');
    output.err('iperf3: exiting');
    expect(stderr.text).toBe('iperf3: exiting\n');
  });

  it('a reader that has gone is told once and never written to again', () => {
    let told = 0;
    const { output, stdout } = make({}, () => {
      told += 1;
    });
    output.out('one');
    stdout.fail('EPIPE');
    stdout.fail('ERR_STREAM_DESTROYED');
    output.out('two');
    expect(stdout.text).toBe('one\n');
    expect(told).toBe(1);
  });

  it('an error stream that has gone does not silence the report', () => {
    const { output, stdout, stderr } = make();
    stderr.fail('EPIPE');
    output.out('row');
    expect(stdout.text).toBe('row\n');
  });
});

describe('strftime', () => {
  // Monday, in the week in which 2024 ends and 2025 begins.
  const monday = new Date(2024, 11, 30, 0, 5, 9);

  it.each<[string, string]>([
    ['%c', 'Mon Dec 30 00:05:09 2024'],
    ['%a %A %b %B %h', 'Mon Monday Dec December Dec'],
    ['%C %y %Y', '20 24 2024'],
    ['%D|%F|%x', '12/30/24|2024-12-30|12/30/24'],
    ['%R|%T|%X|%r', '00:05|00:05:09|00:05:09|12:05:09 AM'],
    ['%H %I %k %l %p %P', '00 12  0 12 AM am'],
    ['%d %e %j %m %M %S', '30 30 365 12 05 09'],
    ['%u %w %U %W %V %G %g', '1 1 52 53 01 2025 25'],
    ['%n%t%%', '\n\t%'],
    ['%-d %-H %_H %_m %0e', '30 0  0 12 30'],
    ['%^a %#a %#p %^B', 'MON MON am DECEMBER'],
    ['%5d|%_5d|%10a', '00030|   30|       Mon'],
    ['%Ey %Od', '24 30'],
    ['%q %', '%q %'],
  ])('%j', (format, expected) => {
    expect(strftime(format, monday)).toBe(expected);
  });

  it('pads the day of the default format with a blank', () => {
    expect(strftime('%c ', moment)).toBe('Thu Apr  9 15:04:05 2026 ');
  });

  it('tells the seconds since the epoch and the offset from UTC', () => {
    expect(strftime('%s', monday)).toBe(String(monday.getTime() / 1000));
    const [, sign, hours, rest] = /^([+-])(\d\d)(\d\d)$/.exec(strftime('%z', monday))!;
    const minutes = Number(hours) * 60 + Number(rest);
    expect(sign === '-' ? minutes : 0 - minutes).toBe(monday.getTimezoneOffset() + 0);
    expect(strftime('%Z', monday)).toMatch(/^([A-Z]+|[+-]\d{2,4})$/);
  });

  it('property: text without % stays as it is, and any format gives some text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(strftime(text.replaceAll('%', ''), moment)).toBe(text.replaceAll('%', ''));
        expect(strftime(text.replaceAll('%', '%%'), moment)).toBe(text);
        expect(typeof strftime(text, moment)).toBe('string');
      }),
    );
  });

  it('property: the ISO week agrees with a count of Thursdays', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(1971, 0, 1), max: new Date(2099, 11, 31), noInvalidDate: true }), (date) => {
        const day = new Date(date.getFullYear(), date.getMonth(), date.getDate());
        const thursday = new Date(day);
        thursday.setDate(day.getDate() - ((day.getDay() + 6) % 7) + 3);
        let week = 0;
        for (const one = new Date(thursday); one.getFullYear() === thursday.getFullYear(); week++) {
          one.setDate(one.getDate() - 7);
        }
        expect(strftime('%G-%V', date)).toBe(`${thursday.getFullYear()}-${String(week).padStart(2, '0')}`);
      }),
      { numRuns: 300 },
    );
  });
});
