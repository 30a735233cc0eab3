import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import type { NativeSocket } from '../../lib/platform/native.js';
import { type Finished, type IperfProcess, run, startServer } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { resources } from '../support/process-resources.js';
import { message } from '../support/protocol-vectors.js';
import { introduce, joinStream, newCookie, tcpParameters } from '../support/scripted-client.js';
import type { ScriptedConnection } from '../support/scripted-connection.js';

const root = process.getuid?.() === 0;
const RUNNING = Buffer.from([0x01, 0x02]);
const FE = 0xfe;

interface Agreement {
  control: ScriptedConnection;
  /** Opens a data stream. */
  join(): Promise<ScriptedConnection>;
}

describe.runIf(root)('data streams that go astray', () => {
  let network: LoopbackNamespace;
  let server: IperfProcess;
  beforeAll(async () => {
    network = new LoopbackNamespace();
    server = await startServer('vnetperf', network.fd, ['--rcv-timeout', '1000']);
    await serves();
  });
  afterAll(async () => {
    await server.kill();
    network[Symbol.dispose]();
  });

  function attempt(...args: string[]): Promise<Finished> {
    return run('vnetperf', network.fd, ['-c', '127.0.0.1', '-k', '2', '-i', '0', ...args]);
  }

  async function serves(...args: string[]): Promise<void> {
    const { status, stderr } = await attempt(...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }

  /** Up to the server's wish for streams (0A). */
  async function agree(settings: object): Promise<Agreement> {
    const cookie = newCookie();
    const control = await introduce(network.fd, 5201, cookie);
    control.send(message(JSON.stringify({ ...tcpParameters, ...settings })));
    expect((await control.take(1))[0]).toBe(0x0a);
    return { control, join: () => joinStream(network.fd, 5201, cookie) };
  }

  /** The error number and errno behind FE, and how long they took to come. */
  async function told(control: ScriptedConnection): Promise<{ number: number; seconds: number }> {
    const before = performance.now();
    const answer = await control.take(9);
    expect(answer[0]).toBe(FE);
    control.close();
    return { number: answer.readInt32BE(1), seconds: (performance.now() - before) / 1000 };
  }

  async function saidBy(action: () => Promise<unknown>): Promise<string> {
    const before = server.stderr.length;
    await action();
    await expect.poll(() => server.stderr.length).toBeGreaterThan(before);
    return server.stderr.slice(before);
  }

  it('one too many is turned away, and the test goes on', async () => {
    const { control, join } = await agree({});
    const stream = await join();
    expect(await control.take(2)).toEqual(RUNNING);
    const another = await join();
    expect(await another.rest()).toEqual(Buffer.from([0xff]));
    stream.send(Buffer.alloc(5000));
    await sleep(100);
    control.send(0x04);
    expect((await control.take(1))[0]).toBe(0x0d);
    for (const connection of [control, stream, another]) connection.close();
    await serves();
  });

  it('a wrong cookie is answered with FF, and the right one still counts', async () => {
    const { control, join } = await agree({});
    const wrong = await joinStream(network.fd, 5201, newCookie());
    expect(await wrong.rest()).toEqual(Buffer.from([0xff]));
    const stream = await join();
    expect(await control.take(2)).toEqual(RUNNING);
    for (const connection of [control, stream, wrong]) connection.close();
    await serves();
  });

  it('a second client that comes meanwhile is told that the server is busy', async () => {
    const { control, join } = await agree({});
    expect(await attempt()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('the server is busy running a test. try again later'),
    });
    const stream = await join();
    expect(await control.take(2)).toEqual(RUNNING);
    for (const connection of [control, stream]) connection.close();
    await serves();
  });

  it.each([
    ['forward', {}],
    ['reverse', { reverse: true }],
    ['bidirectional', { bidirectional: true }],
  ])('all close while the control connection lives (%s): the client is told within seconds', async (_, direction) => {
    const { control, join } = await agree({ ...direction, time: 0 });
    const streams = [await join()];
    if ('bidirectional' in direction) streams.push(await join());
    expect(await control.take(2)).toEqual(RUNNING);
    const said = await saidBy(async () => {
      for (const stream of streams) stream.reset();
      const { number, seconds } = await told(control);
      expect([205, 206, 207]).toContain(number);
      expect(seconds).toBeLessThan(5);
    });
    expect(said).toMatch(/^iperf3: error - (unable to (read from|write to) stream socket|stream socket has closed)/);
    await serves();
  });

  it('one of two dies: the test ends within seconds', async () => {
    const { control, join } = await agree({ parallel: 2, time: 0 });
    const streams = [await join(), await join()];
    expect(await control.take(2)).toEqual(RUNNING);
    streams[0]?.send(Buffer.alloc(5000));
    streams[1]?.reset();
    const { number, seconds } = await told(control);
    expect({ number, inTime: seconds < 5 }).toEqual({ number: 206, inTime: true });
    streams[0]?.close();
    await serves();
  });

  it('the control connection closes while the streams live: they are closed too', async () => {
    const { control, join } = await agree({ time: 0 });
    const stream = await join();
    expect(await control.take(2)).toEqual(RUNNING);
    stream.send(Buffer.alloc(5000));
    control.close();
    await stream.rest(3_000);
    await serves();
  });

  it('nothing comes on them: --rcv-timeout ends the test', async () => {
    const { control, join } = await agree({ time: 0 });
    const stream = await join();
    expect(await control.take(2)).toEqual(RUNNING);
    const said = await saidBy(async () => {
      const { number, seconds } = await told(control);
      expect({ number, inTime: seconds < 3 }).toEqual({ number: 144, inTime: true });
    });
    expect(said).toMatch(
      /^iperf3: error - idle timeout for receiving data \(nothing for \d+ ms\)\n {2}The sender or the path/,
    );
    stream.close();
    await serves();
  });

  it.each([
    ['reverse', { reverse: true }],
    ['bidirectional', { bidirectional: true }],
  ])('nobody takes anything from them (%s): the test ends as soon', async (_, direction) => {
    const { control, join } = await agree({ ...direction, time: 0 });
    const streams = [await join()];
    if ('bidirectional' in direction) streams.push(await join());
    for (const stream of streams) stream.pause();
    expect(await control.take(2)).toEqual(RUNNING);
    const feeding = setInterval(() => streams.length === 2 && streams[0]?.send(Buffer.alloc(1000)), 50);
    try {
      const { number, seconds } = await told(control);
      expect({ number, inTime: seconds < 4 }).toEqual({ number: 205, inTime: true });
    } finally {
      clearInterval(feeding);
      for (const stream of streams) stream.close();
    }
    expect(server.stderr).toMatch(/Connection timed out \(the other side has taken nothing for \d+ ms\)/);
    await serves('-R');
  });

  describe('over UDP', () => {
    function udpSocket(): NativeSocket {
      const connect = { host: '127.0.0.1', port: 5201 };
      return loadNative().openSocket({ protocol: 'udp', family: 4, namespace: network.fd, connect });
    }

    const udp = { tcp: undefined, udp: true, bandwidth: 1e6 };

    it('are left by a client that dies before its greeting: the next one is not mistaken for it', async () => {
      const { control } = await agree({ ...udp, parallel: 3 });
      const first = udpSocket();
      first.write(Buffer.from('9876'));
      await first.wait('readable');
      expect(Buffer.from(first.read(4) ?? []).toString()).toBe('6789');
      control.close();
      await serves('-u', '-P', '3');
      first.close();
    });

    it('do not take what is left over from another test for a greeting', async () => {
      const { control } = await agree(udp);
      const stray = udpSocket();
      stray.write(Buffer.alloc(1000, 1));
      await sleep(100);
      const stream = udpSocket();
      stream.write(Buffer.from('9876'));
      expect(await control.take(2)).toEqual(RUNNING);
      expect(Buffer.from(stream.read(4) ?? []).toString()).toBe('6789');
      for (const one of [control, stray, stream]) one.close();
      await serves('-u');
    });

    it('vanish while the server sends: the next client is served at once', async () => {
      const { control } = await agree({ ...udp, reverse: true, time: 0 });
      const stream = udpSocket();
      stream.write(Buffer.from('9876'));
      expect(await control.take(2)).toEqual(RUNNING);
      stream.close();
      const { number, seconds } = await told(control);
      expect({ number, inTime: seconds < 5 }).toEqual({ number: 205, inTime: true });
      await serves('-u', '-R');
    });
  });

  it('leave nothing open', async () => {
    await serves();
    const before = resources(server.pid);
    for (let time = 0; time < 10; time++) {
      const { control, join } = await agree({ parallel: 4 });
      const streams = await Promise.all([join(), join()]);
      control.close();
      await Promise.all(streams.map((stream) => stream.rest(3_000)));
      for (const stream of streams) stream.close();
    }
    await serves('-u', '-P', '8', '--bidir');
    await expect.poll(() => resources(server.pid), { timeout: 5_000 }).toEqual(before);
    expect(server.stderr).not.toMatch(/Error:|\n {4}at /);
  });
});
