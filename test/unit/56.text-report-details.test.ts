import { describe, expect, it } from 'vitest';
import { ATest } from '../support/a-test.js';
import { recordedReporter, report } from '../support/recorded-report.js';

const SEPARATOR = '- - - - - - - - - - - - - - - - - - - - - - - - -';

describe('-V', () => {
  it('on a server says who it is, what it was asked for and whose figures are missing', () => {
    const test = new ATest('server', { rateBitsPerSecond: 20_000_000, parallel: 2, tos: 16 });
    const { out } = report(test.all(), 'server', { verbose: true });
    expect(out).toEqual([
      'iperf 3.21 (vnetperf 0.0.0)',
      'Linux host 6.18.0 #1 SMP x86_64',
      '-----------------------------------------------------------',
      'Server listening on 5201 (test #1)',
      '-----------------------------------------------------------',
      'Time: Sat, 21 Nov 2026 00:53:10 GMT',
      'Accepted connection from 198.18.0.3, port 5201',
      '      Cookie: abcdefghijklmnopqrstuvwxyz234567abcd',
      '      TCP MSS: 0 (default)',
      '      Target Bitrate: 20000000',
      '[  5] local 198.18.0.2 port 40000 connected to 198.18.0.3 port 5201',
      '[  7] local 198.18.0.2 port 40001 connected to 198.18.0.3 port 5201',
      'Starting Test: protocol: TCP, 2 streams, 1024 byte blocks, omitting 0 seconds, 1 second test, tos 16',
      '[ ID] Interval           Transfer     Bitrate',
      '[  5]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec                  ',
      '[  7]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec                  ',
      '[SUM]   0.00-1.00   sec  2.00 MBytes  16.8 Mbits/sec                  ',
      SEPARATOR,
      'Test Complete. Summary Results:',
      '[ ID] Interval           Transfer     Bitrate',
      '[  5] (sender statistics not available)',
      '[  5]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec                  receiver',
      '[  7] (sender statistics not available)',
      '[  7]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec                  receiver',
      '[SUM] (sender statistics not available)',
      '[SUM]   0.00-1.00   sec  2.00 MBytes  16.8 Mbits/sec                  receiver',
      'rcv_tcp_congestion cubic',
    ]);
  });

  it('on a client in both directions gives the CPU of both and the congestion control of each', () => {
    const test = new ATest('client', { direction: 'bidirectional' });
    const { out } = report(test.all(), 'client', { verbose: true });
    expect(out.slice(out.indexOf('Test Complete. Summary Results:'))).toEqual([
      'Test Complete. Summary Results:',
      '[ ID][Role] Interval           Transfer     Bitrate         Retr',
      '[  5][TX-C]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec    0            sender',
      '[  5][TX-C]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec                  receiver',
      'CPU Utilization: local/sender 1.3% (1.0%u/0.2%s), remote/receiver 3.0% (1.0%u/2.0%s)',
      'CPU Utilization: local/receiver 1.3% (1.0%u/0.2%s), remote/sender 3.0% (1.0%u/2.0%s)',
      'snd_tcp_congestion cubic',
      'rcv_tcp_congestion reno',
      '[  7][RX-C]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec    0            sender',
      '[  7][RX-C]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec                  receiver',
      'snd_tcp_congestion reno',
      'rcv_tcp_congestion cubic',
      '',
      'iperf Done.',
    ]);
  });

  it.each([
    [{ durationSeconds: 0, bytes: 4096 }, '4096 bytes to send'],
    [{ durationSeconds: 0, blocks: 5 }, '5 blocks to send'],
    [{ durationSeconds: 3 }, '3 second test'],
  ])('%j starts with %s', (settings, condition) => {
    const { out } = report(new ATest('client', settings).beginning(), 'client', { verbose: true });
    expect(out.at(-1)).toContain(`omitting 0 seconds, ${condition}, tos 0`);
  });

  it('names the MSS that -M asked for and the keepalive that --cntl-ka did', () => {
    const test = new ATest('client', { mssBytes: 1400 });
    const { reporter, out } = recordedReporter('client', { verbose: true });
    reporter.handle({ type: 'control-connected', mssBytes: 1448, keepalive: '60/10/3' });
    reporter.handle(test.connect());
    expect(out).toContain('      TCP MSS: 1400');
    expect(out.slice(2, 4)).toEqual([
      'Control connection MSS 1448',
      'Control connection TCP Keepalive TCP_KEEPIDLE/TCP_KEEPINTVL/TCP_KEEPCNT are set to 60/10/3',
    ]);
  });

  it.each([
    [0, 1],
    [1, 0],
  ])('with -i %d says %d times that the omit period is over', (intervalSeconds, times) => {
    const test = new ATest('client', { omitSeconds: 1 });
    test.intervalSeconds = intervalSeconds;
    const { out } = report([...test.beginning(), { type: 'omit-finished' }], 'client', { verbose: true });
    expect(out.filter((line) => line === 'Finished omit period, starting real test')).toHaveLength(times);
  });

  it('is needed for all of that', () => {
    const test = new ATest('client');
    const { out } = report([...test.beginning(), { type: 'verbose', message: 'Setting UDP block size' }], 'client');
    expect(out).toEqual([
      'Connecting to host 198.18.0.3, port 5201',
      '[  5] local 198.18.0.2 port 40000 connected to 198.18.0.3 port 5201',
    ]);
  });
});

describe('-T', () => {
  it("stands before a client's lines, once before what the server said, and not before errors", () => {
    const test = new ATest('client', { getServerOutput: true });
    const { out, err } = report(
      [...test.all({ serverOutput: { text: 'Accepted connection\n' } }), { type: 'warning', message: 'w' }],
      'client',
      {},
      { title: 'hey' },
    );
    expect(out.slice(-3)).toEqual(['hey:  \nServer output:\nAccepted connection\n', 'hey:  ', 'hey:  iperf Done.']);
    expect(out.every((line) => line.startsWith('hey:  '))).toBe(true);
    expect(err).toEqual(['warning: w']);
  });

  it("is not on a server's lines", () => {
    const { out } = report(new ATest('server', { title: 'hey' }).all(), 'server', {}, { title: 'hey' });
    expect(out.join('\n')).not.toContain('hey');
  });
});

describe('-F', () => {
  it.each([
    ['client', 'sender'],
    ['server', 'receiver'],
  ] as const)('on a %s stands before the receiver', (role, half) => {
    const test = new ATest(role);
    const file = { name: '/tmp/file', sizeBytes: 2_097_152, transferredBytes: 1_048_576 };
    const { out } = report(test.all({ streams: test.streams.map((s) => ({ ...test.streamEnd(s), file })) }), role);
    const at = out.indexOf('        Sent 1.00 MByte / 2.00 MByte (50%) of /tmp/file');
    expect(out[at + 1]).toMatch(/receiver$/);
    expect(out[at - 1]).toMatch(half === 'sender' ? /sender$/ : /^\[ ID\]/);
  });

  it('is a member between the halves in JSON', () => {
    const test = new ATest('server');
    const file = { name: '/tmp/file', sizeBytes: 3, transferredBytes: 2 };
    const { out } = report(test.all({ streams: test.streams.map((s) => ({ ...test.streamEnd(s), file })) }), 'server', {
      mode: 'json',
    });
    const [stream] = JSON.parse(out[0] as string).end.streams;
    expect(Object.keys(stream)).toEqual(['sender', 'diskfile', 'receiver']);
    expect(stream.diskfile).toEqual({
      sent: 0,
      received: 2,
      size: 3,
      percent_sent: 0,
      percent_received: 66,
      filename: '/tmp/file',
    });
  });
});

describe('UDP', () => {
  const settings = { protocol: 'udp', omitSeconds: 1 } as const;
  const withLoss = { lost: 64, datagrams: 512, outOfOrder: 3 };

  it('gives loss to two digits, ties to even as C does, and datagrams out of order on a line of their own', () => {
    const test = new ATest('server', settings);
    const streams = test.streams.map((stream) => test.streamEnd(stream, { local: withLoss }));
    const { out } = report([...test.beginning(), test.interval({ lost: 512 }), test.end({ streams })], 'server');
    expect(out.slice(5)).toEqual([
      '[ ID] Interval           Transfer     Bitrate         Jitter    Lost/Total Datagrams',
      '[  5]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec  0.500 ms  512/1024 (50%)  ',
      SEPARATOR,
      '[ ID] Interval           Transfer     Bitrate         Jitter    Lost/Total Datagrams',
      '[SUM]  0.0- 1.0 sec  3 datagrams received out-of-order',
      '[  5]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec  0.500 ms  64/512 (12%)  receiver',
    ]);
  });

  it('calls the loss unknown where the receiver did not tell it from that of the omit period', () => {
    const test = new ATest('client', { ...settings, parallel: 2 });
    const remote = { omittedKnown: false, datagrams: 1536, lost: 70 };
    const streams = test.streams.map((stream) => test.streamEnd(stream, { remote }));
    const { out } = report(test.all({ streams }), 'client');
    expect(out.slice(-8, -2)).toEqual([
      '[  5]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec  0.000 ms  0/1024 (0%)  sender',
      '[  5]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec  0.500 ms  Unknown/1024  receiver',
      '[  7]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec  0.000 ms  0/1024 (0%)  sender',
      '[  7]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec  0.500 ms  Unknown/1024  receiver',
      '[SUM]   0.00-1.00   sec  2.00 MBytes  16.8 Mbits/sec  0.000 ms  0/2048 (0%)  sender',
      '[SUM]   0.00-1.00   sec  2.00 MBytes  16.8 Mbits/sec  0.500 ms  Unknown/2048  receiver',
    ]);
    const [document] = report(test.all({ streams }), 'client', { mode: 'json' }).out;
    expect(JSON.parse(document as string).vnetperf.lossIncludesOmitted).toBe(true);
  });

  it('counts what a sender of that age sent after the omit period by its bytes', () => {
    const test = new ATest('client', { ...settings, direction: 'reverse' });
    const remote = { omittedKnown: false, datagrams: 1536 };
    const streams = test.streams.map((stream) => test.streamEnd(stream, { remote }));
    const { out } = report(test.all({ streams }), 'client');
    expect(out.at(-4)).toBe('[  5]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec  0.000 ms  0/1024 (0%)  sender');
  });

  it('divides the loss by the sender’s count where that is known, else by the receiver’s', () => {
    const client = new ATest('client', settings);
    const told = client.streams.map((stream) => client.streamEnd(stream, { remote: { lost: 64, datagrams: 1000 } }));
    const known = JSON.parse(report(client.all({ streams: told }), 'client', { mode: 'json' }).out[0] as string).end;
    expect(known.streams[0].udp).toMatchObject({ lost_packets: 64, packets: 1024, lost_percent: 6.25 });
    expect(known.sum).toMatchObject({ packets: 1024, lost_percent: 6.25 });
    expect(known.sum_received).toMatchObject({ packets: 1000, lost_percent: 6.4 });

    const server = new ATest('server', settings);
    const own = server.streams.map((stream) => server.streamEnd(stream, { local: withLoss }));
    const half = JSON.parse(report(server.all({ streams: own }), 'server', { mode: 'json' }).out[0] as string).end;
    expect(half.streams[0].udp).toMatchObject({ bytes: 0, packets: 512, lost_percent: 12.5, out_of_order: 3 });
    expect(half.sum_sent).toMatchObject({ bytes: 0, packets: 0, sender: true });
  });
});

describe('TCP', () => {
  it('marks the omit period and separates later intervals of several streams', () => {
    const test = new ATest('client', { parallel: 2, omitSeconds: 1 });
    const { out } = report([...test.beginning(), test.interval({}, true), test.interval({ retransmits: 2 })], 'client');
    expect(out.slice(3)).toEqual([
      '[ ID] Interval           Transfer     Bitrate         Retr  Cwnd',
      '[  5]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec    0   1.00 MBytes       (omitted)',
      '[  7]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec    0   1.00 MBytes       (omitted)',
      '[SUM]   0.00-1.00   sec  2.00 MBytes  16.8 Mbits/sec    0             (omitted)',
      SEPARATOR,
      '[  5]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec    2   1.00 MBytes       ',
      '[  7]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec    2   1.00 MBytes       ',
      '[SUM]   0.00-1.00   sec  2.00 MBytes  16.8 Mbits/sec    4             ',
    ]);
  });

  it('has no columns for what a kernel did not tell', () => {
    const test = new ATest('client');
    const { out } = report([...test.beginning(), test.interval({ tcp: undefined })], 'client');
    expect(out.at(-1)).toBe('[  5]   0.00-1.00   sec  1.00 MBytes  8.39 Mbits/sec                  ');
  });

  it('follows -f in the rate only', () => {
    const { out } = report(new ATest('client').all(), 'client', { format: 'K' });
    expect(out[3]).toBe('[  5]   0.00-1.00   sec  1.00 MBytes  1024 KBytes/sec    0   1.00 MBytes       ');
  });

  it('sums each direction by itself', () => {
    const test = new ATest('server', { direction: 'bidirectional', parallel: 2 });
    const { out } = report(test.all(), 'server');
    expect(out.filter((line) => line.startsWith('[SUM]'))).toEqual([
      '[SUM][RX-S]   0.00-1.00   sec  2.00 MBytes  16.8 Mbits/sec                  ',
      '[SUM][TX-S]   0.00-1.00   sec  2.00 MBytes  16.8 Mbits/sec    0             ',
      '[SUM][RX-S]   0.00-1.00   sec  2.00 MBytes  16.8 Mbits/sec                  receiver',
      '[SUM][TX-S]   0.00-1.00   sec  2.00 MBytes  16.8 Mbits/sec    0             sender',
    ]);
  });

  it('does not divide by an interval of no length', () => {
    const test = new ATest('client');
    const { out } = report([...test.beginning(), test.interval({ endSeconds: 0 })], 'client');
    expect(out.at(-1)).toContain('1.00 MBytes  0.00 bits/sec');
  });
});
