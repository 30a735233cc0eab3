import { describe, expect, it } from 'vitest';
import { VnetperfError } from '../../lib/errors.js';
import type { SessionEvent } from '../../lib/traffic/events.js';
import { ATest } from '../support/a-test.js';
import { duplicates, leaves, readJson } from '../support/json-tokens.js';
import { report } from '../support/recorded-report.js';

const refused = new VnetperfError('unable to connect to server - it may have stopped: Connection refused', {
  code: 'ERR_CONNECT',
  iperf3Number: 103,
  remedy: 'Start a server there: vnetperf -s',
});
const lost = new VnetperfError('control socket has closed unexpectedly', { code: 'ERR_CONTROL_CLOSED' });
const interrupted = new VnetperfError('interrupt - the client has terminated by signal Interrupt(2)', {
  code: 'ERR_INTERRUPTED',
});
const clientLeft = new VnetperfError('the client has terminated', { code: 'ERR_CLIENT_TERMINATED', iperf3Number: 119 });

const failure = (error: VnetperfError): SessionEvent => ({ type: 'error', error });

describe('no connection', () => {
  it('as text: the message as iperf3 has it, and below it what to do', () => {
    expect(report([failure(refused)], 'client')).toEqual({
      out: [],
      err: [`iperf3: error - ${refused.message}`, '  Start a server there: vnetperf -s'],
    });
  });

  it('as text without a remedy: one line', () => {
    expect(report([failure(lost)], 'client').err).toEqual(['iperf3: error - control socket has closed unexpectedly']);
  });

  it('as JSON: a document with nothing in it but the error, before the title', () => {
    const { out, err } = report([failure(refused)], 'client', { mode: 'json' }, { title: 'mine' });
    expect(err).toEqual([]);
    expect(out).toEqual([
      [
        '{',
        '\t"start":\t{',
        '\t\t"connected":\t[],',
        '\t\t"version":\t"iperf 3.21 (vnetperf 0.0.0)",',
        '\t\t"system_info":\t"Linux host 6.18.0 #1 SMP x86_64"',
        '\t},',
        '\t"intervals":\t[],',
        '\t"end":\t{',
        '\t},',
        `\t"error":\t"${refused.message}",`,
        '\t"title":\t"mine",',
        '\t"vnetperf":\t{',
        '\t\t"version":\t"0.0.0",',
        '\t\t"error":\t{',
        '\t\t\t"code":\t"ERR_CONNECT",',
        '\t\t\t"remedy":\t"Start a server there: vnetperf -s"',
        '\t\t}',
        '\t}',
        '}',
      ].join('\n'),
    ]);
  });

  it('as a stream: the error, then an empty end', () => {
    expect(report([failure(refused)], 'client', { mode: 'json-stream' }).out).toEqual([
      `{"event":"error","data":"${refused.message}"}`,
      '{"event":"vnetperf","data":{"version":"0.0.0","error":{"code":"ERR_CONNECT","remedy":"Start a server there: vnetperf -s"}}}',
      '{"event":"end","data":{}}',
    ]);
  });
});

describe('a test that was cut short', () => {
  const test = new ATest('client');
  const events = [
    ...test.beginning(),
    test.interval(),
    test.end({
      streams: test.streams.map((stream) => ({ ...test.streamEnd(stream), remote: undefined })),
      cpu: { local: { total: 1, user: 1, system: 0 }, remote: undefined },
      congestion: { local: 'cubic', remote: undefined },
      incomplete: true,
    }),
    failure(interrupted),
  ];

  it('as text: the summary, that the server said nothing, then why, and no `iperf Done.`', () => {
    const { out, err } = report(events, 'client');
    expect(out.slice(-5)).toEqual([
      '[  5]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec    0   1.00 MBytes       ',
      '- - - - - - - - - - - - - - - - - - - - - - - - -',
      '[ ID] Interval           Transfer     Bitrate         Retr',
      '[  5]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec    0            sender',
      '[  5] (receiver statistics not available)',
    ]);
    expect(err).toEqual([`iperf3: ${interrupted.message}`]);
  });

  it("as JSON: all that there is, the other side's half zero", () => {
    const [document] = report(events, 'client', { mode: 'json' }).out;
    const parsed = JSON.parse(document as string);
    expect(parsed.error).toBe(interrupted.message);
    expect(parsed.intervals).toHaveLength(1);
    expect(parsed.end.sum_sent).toMatchObject({ bytes: 1_048_576, retransmits: 0 });
    expect(parsed.end.sum_received).toEqual({
      start: 0,
      end: 1,
      seconds: 1,
      bytes: 0,
      bits_per_second: 0,
      sender: true,
    });
    expect(parsed.end.cpu_utilization_percent).toMatchObject({ remote_total: 0 });
    expect(Object.keys(parsed.end)).not.toContain('receiver_tcp_congestion');
    expect(duplicates(leaves(readJson(document as string)))).toEqual([]);
  });
});

describe("a server's error", () => {
  it('keeps its prefix in JSON, as only servers do', () => {
    const test = new ATest('server');
    const { out } = report([...test.beginning(), failure(lost)], 'server', { mode: 'json' });
    const parsed = JSON.parse(out[0] as string);
    expect(parsed.error).toBe('error - control socket has closed unexpectedly');
    expect(parsed.start.test_start.protocol).toBe('TCP');
    expect(parsed.end).toEqual({});
  });

  it('has none when a client left', () => {
    const test = new ATest('server');
    const json = report([...test.beginning(), failure(clientLeft)], 'server', { mode: 'json' });
    expect(JSON.parse(json.out[0] as string).error).toBe('the client has terminated');
    const text = report([...test.beginning(), failure(clientLeft)], 'server');
    expect(text.err).toEqual(['iperf3: the client has terminated']);
  });

  it('does not leak into the next test', () => {
    const test = new ATest('server');
    const { out } = report([...test.beginning(), failure(lost), ...test.all()], 'server', { mode: 'json' });
    const second = JSON.parse(out[1] as string);
    expect(second.error).toBeUndefined();
    expect(second.start.connected).toHaveLength(1);
    expect(second.intervals).toHaveLength(1);
  });
});

describe('warnings', () => {
  it.each(['text', 'json', 'json-stream'] as const)('go to stderr in mode %s', (mode) => {
    const { out, err } = report([{ type: 'warning', message: 'Ignoring nonsense TCP MSS 0' }], 'client', { mode });
    expect(err).toEqual(['warning: Ignoring nonsense TCP MSS 0']);
    expect(out).toEqual([]);
  });
});
