import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import type { NativeSocket } from '../../lib/platform/native.js';
import { waitFor } from '../../lib/traffic/wait-for.js';
import { IperfProcess, startServer } from '../support/iperf-process.js';
import { type IperfReport, reportOf } from '../support/iperf-report.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { message, resultsOf312 } from '../support/protocol-vectors.js';
import { introduce, joinStream, newCookie } from '../support/scripted-client.js';
import { type ScriptedConnection, ScriptedListener } from '../support/scripted-connection.js';

/** iperf3 up to 3.11: integers in the host's order, 123456789 and 987654321. */
const OLD_HELLO = Buffer.from([0x15, 0xcd, 0x5b, 0x07]);
const OLD_REPLY = Buffer.from([0xb1, 0x68, 0xde, 0x3a]);

/** -1 as iperf3 3.12 and 3.13 print it. */
const UNSIGNED_MINUS_ONE = '18446744073709551615';

let loopback: LoopbackNamespace;
const root = process.getuid?.() === 0;
beforeAll(() => {
  if (root) loopback = new LoopbackNamespace();
});
afterAll(() => loopback?.[Symbol.dispose]());

function udpSocket(where: { bind?: number; connect?: number }): NativeSocket {
  return loadNative().openSocket({
    protocol: 'udp',
    family: 4,
    namespace: loopback.fd,
    ...(where.bind === undefined ? {} : { bind: { host: '127.0.0.1', port: where.bind } }),
    ...(where.connect === undefined ? {} : { connect: { host: '127.0.0.1', port: where.connect } }),
  });
}

async function datagram(socket: NativeSocket): Promise<Uint8Array> {
  if (!(await waitFor(socket, 'readable', 5_000))) throw new Error('no datagram came');
  return socket.read(65_536) as Uint8Array;
}

describe.runIf(root)('our client and a server of an older version', () => {
  /** The conversation up to the parameters. */
  async function begin(
    listener: ScriptedListener,
    args: readonly string[],
  ): Promise<{ client: IperfProcess; control: ScriptedConnection; parameters: Record<string, unknown> }> {
    const client = new IperfProcess('vnetperf', loopback.fd, [
      ...['-c', '127.0.0.1', '-p', String(listener.port)],
      ...args,
    ]);
    const control = await listener.accept();
    await control.take(37);
    control.send(0x09);
    return { client, control, parameters: await control.takeMessage() };
  }

  /** From the end of the traffic on, with these results and what comes right behind them. */
  async function finish(control: ScriptedConnection, results: string, ...behind: number[]): Promise<unknown> {
    expect((await control.take(1))[0]).toBe(0x04);
    control.send(0x0d);
    const own = await control.takeMessage();
    // All in one segment: the states behind the results are no part of them.
    control.send(Buffer.concat([message(results), Uint8Array.of(0x0e, ...behind)]));
    expect((await control.take(1))[0]).toBe(0x10);
    return own;
  }

  it('takes results without omitted counts, with -1 as an unsigned number, and an old error behind the end', async () => {
    using listener = new ScriptedListener(loopback.fd);
    const { client, control } = await begin(listener, ['-J', '-k', '5', '-l', '1000']);
    await using _client = client;
    control.send(0x0a);
    using stream = await listener.accept();
    await stream.take(37);
    control.send(Uint8Array.of(0x01, 0x02));
    await stream.take(5_000);
    const results = resultsOf312.replace('"bytes":0', '"bytes":5000');
    expect(results).toContain(UNSIGNED_MINUS_ONE);
    // 3.21 may send the error of an earlier test after a good one.
    await finish(control, results, 0xfe, 0, 0, 0, 27, 0, 0, 0, 0);
    control.close();
    const finished = await client.finished();
    expect(finished).toMatchObject({ status: 0, stderr: '' });
    const { end, error } = reportOf(finished);
    expect(error).toBeUndefined();
    expect([end.sum_sent.bytes, end.sum_received.bytes]).toEqual([5_000, 5_000]);
    expect(finished.stdout).not.toContain(UNSIGNED_MINUS_ONE);
  });

  it('says what a refusal with one integer means', async () => {
    using listener = new ScriptedListener(loopback.fd);
    const { client, control } = await begin(listener, []);
    await using _client = client;
    control.send(Uint8Array.of(0xfe, 0, 0, 0, 142));
    control.close();
    const finished = await client.finished();
    expect(finished.status).toBe(1);
    expect(finished.stderr).toContain('test authorization failed');
  });

  it('UDP: takes the old answer to its hello, and 3.12 results do not make a loss of the omit period', async () => {
    using listener = new ScriptedListener(loopback.fd);
    const { client, control, parameters } = await begin(listener, [
      ...['-u', '-l', '100', '-b', '80K', '-t', '1', '-O', '1'],
    ]);
    await using _client = client;
    expect(parameters).toMatchObject({ udp: true, len: 100, omit: 1, time: 1 });
    const socket = udpSocket({ bind: listener.port });
    control.send(0x0a);
    await waitFor(socket, 'readable', 5_000);
    const hello = socket.receiveFrom(64, false);
    expect(Buffer.from(hello?.data ?? []).toString('latin1')).toBe('9876');
    socket.connectTo(hello?.from as NonNullable<typeof hello>['from']);
    socket.write(OLD_REPLY);
    control.send(0x01);
    control.send(0x02);
    // Between the hello and the end come numbered datagrams, the omit period's among them.
    let highest = 0;
    const traffic = (async () => {
      for (;;) {
        if (!(await waitFor(socket, 'readable', 500))) return;
        const data = socket.read(2_000);
        if (data?.length === 100) highest = Buffer.from(data).readUInt32BE(8);
      }
    })();
    await traffic;
    expect(highest).toBeGreaterThan(150);
    const measured = highest - 100;
    await finish(
      control,
      `{"cpu_util_total":1,"cpu_util_user":1,"cpu_util_system":0,"sender_has_retransmits":${UNSIGNED_MINUS_ONE},` +
        `"streams":[{"id":1,"bytes":${measured * 100},"retransmits":${UNSIGNED_MINUS_ONE},"jitter":0.0001,` +
        `"errors":0,"packets":${highest},"start_time":0,"end_time":1.0}]}`,
    );
    control.close();
    socket.close();
    const finished = await client.finished();
    expect(finished).toMatchObject({ status: 0, stderr: '' });
    expect(finished.stdout).toMatch(/ 0\.000 ms {2}0\/(9\d|10\d|11\d) \(0%\) {2}sender\n/);
    expect(finished.stdout).toMatch(/ 0\.100 ms {2}(Unknown\/\d+|0\/\d+ \(0%\)) {2}receiver\n/);
  });

  it('UDP -R: datagrams that overtake the answer are counted, not taken for it', async () => {
    using listener = new ScriptedListener(loopback.fd);
    const { client, control } = await begin(listener, ['-J', '-u', '-R', '-l', '100', '-k', '20']);
    await using _client = client;
    const socket = udpSocket({ bind: listener.port });
    control.send(0x0a);
    await waitFor(socket, 'readable', 5_000);
    const hello = socket.receiveFrom(64, false);
    socket.connectTo(hello?.from as NonNullable<typeof hello>['from']);
    const numbered = (number: number) => {
      const data = Buffer.alloc(100);
      data.writeUInt32BE(number, 8);
      return data;
    };
    for (let number = 1; number <= 5; number++) socket.write(numbered(number));
    socket.write(OLD_REPLY);
    control.send(Uint8Array.of(0x01, 0x02));
    for (let number = 6; number <= 20; number++) socket.write(numbered(number));
    await finish(
      control,
      '{"cpu_util_total":1,"cpu_util_user":1,"cpu_util_system":0,"sender_has_retransmits":0,' +
        '"streams":[{"id":1,"bytes":2000,"retransmits":0,"jitter":0,"errors":0,"packets":20}]}',
    );
    control.close();
    socket.close();
    const finished = await client.finished();
    expect(finished).toMatchObject({ status: 0, stderr: '' });
    expect(reportOf(finished).end.streams[0]?.udp).toMatchObject({ packets: 20, lost_packets: 0, out_of_order: 0 });
    expect(reportOf(finished).end.sum_received.bytes).toBe(2_000);
  });
});

describe.runIf(root)('our server and a client of an older version', () => {
  async function served(
    parameters: object,
    traffic: (control: ScriptedConnection, cookie: Uint8Array) => Promise<void>,
    results: string,
  ): Promise<{ report: IperfReport; told: Record<string, unknown>; stderr: string }> {
    await using server = await startServer('vnetperf', loopback.fd, ['-1', '-J']);
    const cookie = newCookie();
    using control = await introduce(loopback.fd, 5201, cookie);
    control.send(message(JSON.stringify(parameters)));
    expect((await control.take(1))[0]).toBe(0x0a);
    await traffic(control, cookie);
    control.send(0x04);
    expect((await control.take(1))[0]).toBe(0x0d);
    control.send(message(results));
    const told = await control.takeMessage();
    expect((await control.take(1))[0]).toBe(0x0e);
    // Clients before 3.2 just close.
    control.close();
    const finished = await server.finished();
    expect(finished.status).toBe(0);
    return { report: reportOf(finished), told, stderr: finished.stderr };
  }

  const resultsOf = (bytes: number, packets: number) =>
    `{"cpu_util_total":1,"cpu_util_user":1,"cpu_util_system":0,"sender_has_retransmits":${UNSIGNED_MINUS_ONE},"streams":[` +
    `{"id":1,"bytes":${bytes},"retransmits":${UNSIGNED_MINUS_ONE},"jitter":0,"errors":0,"packets":${packets}}]}`;

  it('TCP with the least parameters there can be', async () => {
    const { report, told, stderr } = await served(
      { tcp: true, omit: 0, time: 1, parallel: 1, len: 1000 },
      async (control, cookie) => {
        const stream = await joinStream(loopback.fd, 5201, cookie);
        expect([...(await control.take(2))]).toEqual([0x01, 0x02]);
        stream.send(Buffer.alloc(12_345));
        await sleep(200);
      },
      resultsOf(12_345, 0),
    );
    expect(stderr).toBe('');
    expect(report.error).toBeUndefined();
    expect(report.end.sum_received.bytes).toBe(12_345);
    expect(told).toMatchObject({ streams: [{ id: 1, bytes: 12_345 }] });
  });

  it('UDP with the old hello', async () => {
    const { report, told, stderr } = await served(
      { udp: true, omit: 0, time: 1, parallel: 1, len: 200, bandwidth: 1_000_000 },
      async (control) => {
        const socket = udpSocket({ connect: 5201 });
        socket.write(OLD_HELLO);
        expect(Buffer.from(await datagram(socket)).toString('latin1')).toBe('6789');
        expect([...(await control.take(2))]).toEqual([0x01, 0x02]);
        for (let number = 1; number <= 30; number++) {
          // Two are lost on the way.
          if (number === 7 || number === 20) continue;
          const data = Buffer.alloc(200);
          data.writeUInt32BE(number, 8);
          socket.write(data);
        }
        await sleep(200);
        socket.close();
      },
      resultsOf(28 * 200, 30),
    );
    expect(stderr).toBe('');
    expect(report.end.streams[0]?.udp).toMatchObject({ packets: 30, lost_packets: 2 });
    expect(report.end.sum_received.bytes).toBe(28 * 200);
    expect(told).toMatchObject({ streams: [{ id: 1, bytes: 5_600, packets: 30, errors: 2 }] });
  });
});
