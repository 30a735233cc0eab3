import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../lib/cli/parse-options.js';
import type { OutputConfiguration } from '../../lib/configuration/configuration.js';
import { resolveServer } from '../../lib/configuration/resolve-server.js';
import { createReporter } from '../../lib/report/create-reporter.js';
import { ServerReports } from '../../lib/report/server-reports.js';
import { DealtCores } from '../../lib/traffic/dealt-cores.js';
import { SetUpTurns } from '../../lib/traffic/set-up-turns.js';
import { ATest } from '../support/a-test.js';

describe('--max-clients', () => {
  it('is 1, as with iperf3, and up to 256', () => {
    const maxClients = (...argv: string[]) => {
      const parsed = parseOptions(['-s', ...argv], {});
      return parsed.kind === 'server' ? parsed.configuration.maxClients : undefined;
    };
    expect(maxClients()).toBe(1);
    expect(maxClients('--max-clients', '8')).toBe(8);
    expect(maxClients('--max-clients', '256')).toBe(256);
  });

  it.each([
    ['-s --max-clients 0', '0 clients at once are not possible (min = 1, max = 256)'],
    ['-s --max-clients 257', '257 clients at once are not possible'],
    ['-s --max-clients several', 'several clients at once are not possible'],
    ['-s --max-clients 2 -1', 'a one-off server serves one client'],
    ['-s --max-clients 2 -F /tmp/file', 'cannot go into one file'],
    ['-c host --max-clients 2', 'some option you are trying to set is server only'],
  ])('%s is refused', (line, message) => {
    expect(() => parseOptions(line.split(' '), {})).toThrow(message);
  });

  it('is refused alike to users of the library', () => {
    for (const request of [
      { maxClients: 1.5 },
      { maxClients: 2, oneOff: true },
      { maxClients: 2, filePath: '/tmp/file' },
    ]) {
      const refused = expect.objectContaining({ name: 'RequestError', code: 'ERR_MAX_CLIENTS' });
      expect(() => resolveServer(request)).toThrow(refused);
    }
    expect(() => resolveServer({ maxClients: 2, oneOff: true })).toThrow(/one-off/);
    expect(resolveServer({ maxClients: 1, oneOff: true, filePath: '/tmp/file' }).maxClients).toBe(1);
  });
});

describe('turns', () => {
  it('of UDP come one after another, those of TCP side by side, in the order of asking', () => {
    const turns = new SetUpTurns();
    const granted: string[] = [];
    const take = (name: string, kind: 'udp' | 'tcp' | 'tcp-alone') => turns.take(kind, () => granted.push(name));
    const udp1 = take('udp1', 'udp');
    take('tcp1', 'tcp');
    const udp2 = take('udp2', 'udp');
    take('udp3', 'udp');
    take('tcp2', 'tcp');
    expect(granted).toEqual(['udp1', 'tcp1', 'tcp2']);
    udp1.end();
    udp1.end();
    expect(granted).toEqual(['udp1', 'tcp1', 'tcp2', 'udp2']);
    udp2.end();
    expect(granted.at(-1)).toBe('udp3');
  });

  it('of a test that changes the listener are its own, and nobody overtakes it for ever', () => {
    const turns = new SetUpTurns();
    const granted: string[] = [];
    const before = turns.take('tcp', () => granted.push('before'));
    const alone = turns.take('tcp-alone', () => granted.push('alone'));
    turns.take('tcp', () => granted.push('behind'));
    expect(granted).toEqual(['before']);
    before.end();
    expect(granted).toEqual(['before', 'alone']);
    alone.end();
    expect(granted).toEqual(['before', 'alone', 'behind']);
  });

  it('tell who has one when the first comes that has to wait for its end', () => {
    const turns = new SetUpTurns();
    const told: string[] = [];
    const take = (name: string, kind: 'udp' | 'tcp' | 'tcp-alone') =>
      turns.take(
        kind,
        () => {},
        () => told.push(name),
      );
    const udp = take('udp', 'udp');
    take('tcp', 'tcp');
    take('another tcp', 'tcp');
    expect(told).toEqual([]);
    take('second udp', 'udp');
    take('third udp', 'udp');
    expect(told).toEqual(['udp']);
    take('alone', 'tcp-alone');
    expect(told).toEqual(['udp', 'tcp', 'another tcp']);
    udp.end();
    expect(told).toEqual(['udp', 'tcp', 'another tcp', 'second udp']);
  });

  it("that are given up before they came are nobody else's loss", () => {
    const turns = new SetUpTurns();
    const granted: string[] = [];
    const first = turns.take('udp', () => granted.push('first'));
    const second = turns.take('udp', () => granted.push('second'));
    turns.take('udp', () => granted.push('third'));
    second.end();
    first.end();
    expect(granted).toEqual(['first', 'third']);
  });
});

describe('cores of a server', () => {
  it('go to tests at the same time behind one another, stream by stream', () => {
    const dealt = new DealtCores([0, 1, 2, 3, 4, 5, 6, 7]);
    const four = dealt.deal(4);
    expect(four.cores).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(dealt.deal(4).cores).toEqual([4, 5, 6, 7, 0, 1, 2, 3]);
    const third = dealt.deal(2);
    expect(third.cores[0]).toBe(0);
    expect(dealt.deal(1).cores[0]).toBe(2);
    for (const { end } of [four, third, third]) end();
    expect(dealt.deal(3).cores[0]).toBe(0);
  });

  it('begin with the first for every test that is alone, and may be none', () => {
    const dealt = new DealtCores([3, 5]);
    for (const streams of [1, 256]) {
      const alone = dealt.deal(streams);
      expect(alone.cores).toEqual([3, 5]);
      alone.end();
    }
    expect(new DealtCores([]).deal(4).cores).toEqual([]);
  });
});

describe('reports of several tests at once', () => {
  const details = { version: '0.0.0', systemInfo: 'Linux host' };
  const reports = (mode: OutputConfiguration['mode']) => {
    const out: string[] = [];
    const err: string[] = [];
    const sinks = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
    const output: OutputConfiguration = {
      mode,
      jsonStreamFullOutput: false,
      verbose: false,
      format: 'a',
      forceFlush: false,
    };
    return {
      reports: new ServerReports(createReporter('server', output, sinks, details), output, sinks, details),
      out,
      err,
    };
  };
  /** Two tests, event by event in turn. */
  const mixed = (asked: ReturnType<typeof reports>['reports'], afterEach = (_testNumber: number) => {}) => {
    const one = new ATest('server', { protocol: 'udp', getServerOutput: true }).all();
    const other = new ATest('server', { direction: 'reverse' }).all();
    for (const [index, event] of one.entries()) {
      if (event.type === 'listening') continue;
      asked.handle(event, 1);
      afterEach(1);
      asked.handle(other[index]!, 2);
    }
  };

  it("in text begin with the number of the test, and one test's lines are as if it were alone", () => {
    const together = reports('text');
    together.reports.handle({ type: 'listening', port: 5201, testNumber: 1, maxClients: 2 }, undefined);
    mixed(together.reports);
    expect(together.out[1]).toBe('Server listening on 5201 (up to 2 tests at once)');
    const alone = reports('text');
    for (const event of new ATest('server', { direction: 'reverse' }).all().slice(1)) alone.reports.handle(event, 2);
    const of = (number: number, lines: string[]) => lines.filter((line) => line.startsWith(`#${number}:  `));
    expect(of(2, together.out)).toEqual(of(2, alone.out));
    expect(of(1, together.out).length + of(2, together.out).length).toBe(together.out.length - 3);
  });

  it('that a client asked for are without the number, and without the other test', () => {
    const { reports: both } = reports('text');
    const outputs: unknown[] = [];
    mixed(both, (testNumber) => outputs.push(both.serverOutput(testNumber)));
    const last = outputs.findLast((output) => output !== undefined) as { text: string };
    expect(last.text).toMatch(/^Accepted connection/);
    expect(last.text).not.toMatch(/#\d|Retr/);
    expect(both.serverOutput(2)).toBeUndefined();
  });

  it('in JSON are one document a test, each whole', () => {
    const { reports: both, out } = reports('json');
    mixed(both);
    const documents = out.map((text) => JSON.parse(text) as { start: { test_start: object }; vnetperf: object });
    expect(documents).toMatchObject([
      { start: { test_start: { protocol: 'UDP', reverse: 0 } }, vnetperf: { test: 1 } },
      { start: { test_start: { protocol: 'TCP', reverse: 1 } }, vnetperf: { test: 2 } },
    ]);
  });

  it('as events carry the number', () => {
    const { reports: both, out } = reports('json-stream');
    mixed(both);
    const events = out.map((text) => JSON.parse(text) as { event: string; test: number });
    for (const number of [1, 2]) {
      const kinds = events.filter(({ test }) => test === number).map(({ event }) => event);
      expect(kinds).toEqual(['start', 'interval', 'vnetperf', 'end']);
    }
    expect(out[0]).toMatch(/^\{"event":"start","test":1,"data":\{/);
  });
});
