import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { IperfProcess, run, startServer } from '../support/iperf-process.js';
import type { IperfReport } from '../support/iperf-report.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { flowingDataSockets, type SocketRow } from '../support/socket-table.js';

/** What iperf3 clients can ask of a server, together, in a few tests. */
const demanding = [
  [
    ...['-n', '1M', '-P', '4', '-R', '-w', '100K', '-M', '1000', '-N', '-C', 'reno', '-S', '32', '--fq-rate', '80M'],
    ...['-Z', '-l', '8K', '-T', 'a title', '--extra-data', 'extra', '--repeating-payload', '--get-server-output'],
  ],
  ['-u', '-n', '100K', '-b', '8M/10', '-l', '500', '--udp-counters-64bit', '--bidir', '-O', '1', '--dont-fragment'],
  ['-6', '-n', '40K', '-L', '4242', '-A', '0,0', '-b', '8M'],
];

const PLAIN = ['-t', '1', '-b', '8M'];

describe.runIf(process.getuid?.() === 0)('one test after another on the same server', () => {
  let loopback: LoopbackNamespace;
  beforeAll(() => {
    loopback = new LoopbackNamespace();
  });
  afterAll(() => loopback[Symbol.dispose]());

  let testsSoFar = 0;

  /** A test with no wishes: what the server's socket is like, and what the server says of the test. */
  async function plainTest(server: IperfProcess): Promise<{ socket: Partial<SocketRow>; report: IperfReport }> {
    const look = flowingDataSockets(loopback);
    await using client = new IperfProcess('iperf3', loopback.fd, ['-c', '127.0.0.1', ...PLAIN]);
    let rows: SocketRow[] | undefined;
    while (rows === undefined && client.running) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      rows = look();
    }
    expect(await client.finished()).toMatchObject({ status: 0, stderr: '' });
    testsSoFar++;
    await vi.waitFor(() => expect(documents(server.stdout)).toHaveLength(testsSoFar), { timeout: 3_000 });
    const socket = rows?.find(({ localPort }) => localPort === 5201) as SocketRow;
    const { congestion, sendMssBytes, sendBufferBytes, maxPacingBitsPerSecond, tos, trafficClass } = socket;
    const report = documents(server.stdout).at(-1) as IperfReport;
    return {
      socket: { congestion, sendMssBytes, sendBufferBytes, maxPacingBitsPerSecond, tos, trafficClass },
      report,
    };
  }

  it('nothing that one client asks for is left for the next', async () => {
    await using server = await startServer('vnetperf', loopback.fd, ['-J']);
    const before = await plainTest(server);
    for (const options of demanding) {
      const host = options.includes('-6') ? '::1' : '127.0.0.1';
      const client = await run('iperf3', loopback.fd, ['-c', host, ...options]);
      expect(client).toMatchObject({ status: 0, stderr: '' });
      testsSoFar++;
    }
    const after = await plainTest(server);

    expect(after.socket).toEqual(before.socket);
    expect(after.report.start.test_start).toEqual(before.report.start.test_start);
    expect(Object.keys(after.report)).toEqual(Object.keys(before.report));
    for (const key of ['sock_bufsize', 'sndbuf_actual', 'rcvbuf_actual', 'target_bitrate', 'fq_rate'] as const) {
      expect({ [key]: after.report.start[key] }).toEqual({ [key]: before.report.start[key] });
    }
    const pins = ({ report }: typeof after) => report.vnetperf?.streams.map(({ pin, path }) => ({ pin, path }));
    expect(pins(after)).toEqual(pins(before));
    expect(server.stderr).toBe('');
  });

  it('iperf3 and our own client take turns', async () => {
    await using server = await startServer('vnetperf', loopback.fd);
    for (const [program, options] of [
      ['iperf3', ['-n', '1M']],
      ['vnetperf', ['-n', '1M', '-R']],
      ['iperf3', ['-u', '-n', '100K', '-b', '8M']],
      ['vnetperf', ['-u', '-n', '100K', '-b', '8M', '-P', '2']],
      ['iperf3', ['-n', '1M', '-P', '8', '--bidir']],
      ['vnetperf', ['-n', '1M', '-P', '8', '--bidir']],
    ] as const) {
      expect(await run(program, loopback.fd, ['-c', '127.0.0.1', ...options])).toMatchObject({ status: 0, stderr: '' });
    }
    expect(server.stdout.match(/\(test #\d+\)/g)).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `(test #${n})`));
    expect(server.stderr).toBe('');
  });
});

/** One JSON document after another, as a server prints them; the last one may not be there in full. */
function documents(text: string): IperfReport[] {
  return text
    .split(/(?<=^\}\n)/m)
    .filter((part) => part.endsWith('\n}\n'))
    .map((part) => JSON.parse(part) as IperfReport);
}
