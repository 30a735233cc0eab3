import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import type {
  NativeRun,
  NativeSocket,
  RunEvent,
  RunSnapshot,
  RunSpecification,
  RunStream,
} from '../../lib/platform/native.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { nativeBinary } from '../support/native-binary.js';
import { closeAll, type TcpPair, tcpPair } from '../support/tcp-pair.js';

const { Run } = loadNative();
let loopback: LoopbackNamespace;
beforeAll(() => {
  loopback = new LoopbackNamespace();
});
afterAll(() => loopback[Symbol.dispose]());

function streamOf(socket: NativeSocket, changes: Partial<RunStream> = {}): RunStream {
  return {
    socket,
    sending: true,
    protocol: 'tcp',
    lengthBytes: 131_072,
    rateBitsPerSecond: 0,
    burst: 1,
    sendPath: 'copy',
    receivePath: 'copy',
    cores: [],
    udpCounters64Bit: false,
    gsoSegments: 0,
    gro: false,
    repeatingPayload: false,
    fileDescriptor: -1,
    ...changes,
  };
}

/** Both ends of the pair in one run: a sender and a receiver. */
function specificationFor(pair: TcpPair, changes: Partial<RunSpecification> = {}): RunSpecification {
  return {
    streams: [streamOf(pair.client), streamOf(pair.server, { sending: false })],
    omitSeconds: 0,
    durationSeconds: 0.3,
    endsOnTime: true,
    limitBytes: 0,
    limitBlocks: 0,
    endsOnLimit: true,
    intervalSeconds: 0.1,
    ...changes,
  };
}

interface Played {
  events: RunEvent[];
  snapshots: RunSnapshot[];
  end: RunSnapshot;
}

async function play(specification: RunSpecification, whenOpen: (run: NativeRun) => void = () => {}): Promise<Played> {
  const events: RunEvent[] = [];
  const end = await new Promise<RunSnapshot>((resolve) => {
    const run = new Run(specification, (event) => {
      events.push(event);
      if (event.type === 'snapshot' && event.kind === 'end') resolve(event);
    });
    run.open();
    whenOpen(run);
  });
  return { events, snapshots: events.filter((event) => event.type === 'snapshot'), end };
}

const kinds = (snapshots: RunSnapshot[]) => snapshots.map(({ kind }) => kind);

/** The same traffic in a process of its own. */
const program = `
  const native = require(${JSON.stringify(nativeBinary)});
  async function pair() {
    const listener = native.openSocket(
      { protocol: 'tcp', family: 4, bind: { host: '127.0.0.1', port: 0 }, listen: { backlog: 1 } });
    const client = native.openSocket(
      { protocol: 'tcp', family: 4, connect: { host: '127.0.0.1', port: listener.localAddress().port } });
    await client.wait('writable');
    await listener.wait('readable');
    return [client, listener.accept()];
  }
  const stream = (socket, sending) => ({ socket, sending, protocol: 'tcp', lengthBytes: 131072, rateBitsPerSecond: 1e8,
    burst: 1, sendPath: 'copy', receivePath: 'copy', cores: [], udpCounters64Bit: false, gsoSegments: 0, gro: false,
    repeatingPayload: false, fileDescriptor: -1 });
  async function run(onEvent, durationSeconds) {
    const [client, server] = await pair();
    return new native.Run({ streams: [stream(client, true), stream(server, false)], omitSeconds: 0, durationSeconds,
      endsOnTime: true, limitBytes: 0, limitBlocks: 0, endsOnLimit: true, intervalSeconds: 0.1 }, onEvent);
  }
  const kind = (event) => event.kind ?? event.type;
`;

function runNode(body: string, ...flags: string[]) {
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, [...flags, '-e', program + body], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return { stdout, stderr, status, signal };
}

describe('a run', () => {
  it('tells that it is ready, starts, ticks and ends, and counts the same bytes on both sides', async () => {
    const pair = await tcpPair(loopback.fd);
    const { events, snapshots, end } = await play(
      specificationFor(pair, { limitBytes: 3_000_001, durationSeconds: 0 }),
    );
    closeAll(pair);
    expect(events[0]).toEqual({ type: 'ready' });
    expect(kinds(snapshots)).toEqual(['start', 'end']);
    expect(end.reason).toBe('bytes');
    expect(end.streams[0]!.bytes).toBe(3_000_001);
    // One budget for each direction; the receiver has its own.
    expect(end.streams[1]!.bytes).toBeLessThanOrEqual(3_000_001);
  });

  it('says where the bytes ran, what the core cost and how the connection fared', async () => {
    const pair = await tcpPair(loopback.fd);
    const { end } = await play(specificationFor(pair));
    closeAll(pair);
    expect(end.cores.filter((core) => core !== null).length).toBeGreaterThan(0);
    for (const stream of end.streams) {
      expect(stream.bytesByCore!.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(stream.bytes);
      expect(stream.allowedCores!.length).toBeGreaterThan(0);
      expect(stream.userSeconds + stream.systemSeconds).toBeGreaterThan(0);
      expect(stream.lastByteSeconds).toBeGreaterThan(0.2);
      expect(stream.tcp).toMatchObject({ rttMicroseconds: expect.any(Number), pathMtuBytes: expect.any(Number) });
    }
    expect(Object.keys(end.streams[0]!.tcp!)).toHaveLength(11);
  });

  it('keeps its intervals while JavaScript is busy', async () => {
    const pair = await tcpPair(loopback.fd);
    const { snapshots, end } = await play(specificationFor(pair, { durationSeconds: 1.2 }), () => {
      const until = Date.now() + 1000;
      while (Date.now() < until);
    });
    closeAll(pair);
    const times = snapshots.map(({ timeSeconds }) => timeSeconds);
    expect(times).toHaveLength(13);
    times.forEach((time, index) => {
      expect(Math.abs(time - index / 10)).toBeLessThan(0.005);
    });
    expect(end.mergedTicks).toBe(0);
  });

  it('merges ticks that nobody takes, and says how many', async () => {
    const pair = await tcpPair(loopback.fd);
    const { snapshots, end } = await play(
      specificationFor(pair, {
        streams: [streamOf(pair.client, { rateBitsPerSecond: 1e6, lengthBytes: 1000 })],
        durationSeconds: 0.8,
        intervalSeconds: 0.001,
      }),
      () => {
        const until = Date.now() + 900;
        while (Date.now() < until);
      },
    );
    closeAll(pair);
    expect(end.mergedTicks).toBeGreaterThan(100);
    expect(snapshots.length + end.mergedTicks).toBeLessThanOrEqual(801);
    expect(kinds(snapshots).at(-1)).toBe('end');
  });

  it('is stopped from outside, as often as one likes', async () => {
    const pair = await tcpPair(loopback.fd);
    const { end } = await play(specificationFor(pair, { durationSeconds: 10 }), (run) => {
      setTimeout(() => {
        run.stop();
        run.stop();
      }, 50);
    });
    closeAll(pair);
    expect(end.reason).toBe('stopped');
    expect(end.timeSeconds).toBeLessThan(2);
  });

  it('tells its progress at any time, also when it is over', async () => {
    const pair = await tcpPair(loopback.fd);
    let run: NativeRun | undefined;
    const { end } = await play(specificationFor(pair), (opened) => {
      run = opened;
    });
    expect(run!.progress()).toEqual({ sentBytes: end.streams[0]!.bytes, receivedBytes: end.streams[1]!.bytes });
    run!.close();
    closeAll(pair);
  });

  it('tells of a peer that has gone, by name', async () => {
    const pair = await tcpPair(loopback.fd);
    const { events, end } = await play(
      specificationFor(pair, { streams: [streamOf(pair.client)], durationSeconds: 10 }),
      () => setTimeout(() => pair.server.close(), 50),
    );
    closeAll(pair);
    const ended = events.find((event) => event.type === 'stream-ended');
    expect(ended).toMatchObject({ stream: 0, syscall: 'send', code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) });
    expect(end.reason).toBe('streams-ended');
  });

  it('does not begin when a worker cannot have its core', async () => {
    const pair = await tcpPair(loopback.fd);
    const events: RunEvent[] = [];
    const run = new Run(specificationFor(pair, { streams: [streamOf(pair.client, { cores: [60_000] })] }), (event) => {
      events.push(event);
    });
    run.open();
    await sleep(100);
    run.close();
    closeAll(pair);
    expect(events).toEqual([
      { type: 'worker-failed', stream: 0, errno: 22, code: 'EINVAL', syscall: 'sched_setaffinity' },
    ]);
  });

  it('is silent once it is closed, and leaves no thread and no descriptor', async () => {
    const count = (what: string) => readdirSync(`/proc/self/${what}`).length;
    const pairs = [await tcpPair(loopback.fd)];
    const before = [count('task'), count('fd')];
    for (let i = 0; i < 20; ++i) {
      const pair = await tcpPair(loopback.fd);
      let silent = false;
      const run = new Run(specificationFor(pair, { intervalSeconds: 0.01 }), () => expect(silent).toBe(false));
      run.open();
      await sleep(5);
      run.close();
      run.close();
      silent = true;
      await sleep(15);
      closeAll(pair);
    }
    expect([count('task'), count('fd')]).toEqual(before);
    pairs.forEach(closeAll);
  });
});

describe('what is no run', () => {
  const broken: [string, (good: RunSpecification) => object, string][] = [
    ['no streams', (good) => ({ ...good, streams: [] }), 'streams must be an array of 1 to 512 streams'],
    ['no list', (good) => ({ ...good, streams: 7 }), 'streams must be an array'],
    ['a negative time', (good) => ({ ...good, durationSeconds: -1 }), 'durationSeconds must be a number from 0'],
    ['half a byte', (good) => ({ ...good, limitBytes: 0.5 }), 'limitBytes must be an integer from 0'],
    ['no flag', (good) => ({ ...good, endsOnTime: 1 }), 'endsOnTime must be true or false'],
  ];
  const brokenStreams: [string, object, string][] = [
    ['another protocol', { protocol: 'sctp' }, "streams[0].protocol must be 'tcp' or 'udp'"],
    ['another path', { sendPath: 'teleport' }, "streams[0].sendPath must be 'copy' or 'sendfile'"],
    ['no length', { lengthBytes: 0 }, 'streams[0].lengthBytes must be an integer from 1'],
    ['a datagram without room for its header', { protocol: 'udp', lengthBytes: 11 }, 'an integer from 12 to 65507'],
    ['a datagram that IP cannot carry', { protocol: 'udp', lengthBytes: 65_508 }, 'an integer from 12 to 65507'],
    ['a core below zero', { cores: [-1] }, 'streams[0].cores must be an integer from 0'],
    ['no burst', { burst: 0 }, 'streams[0].burst must be an integer from 1'],
  ];

  it.each(broken)('%s is refused by name', async (_, breakIt, message) => {
    const pair = await tcpPair(loopback.fd);
    const specification = breakIt(specificationFor(pair)) as RunSpecification;
    expect(() => new Run(specification, () => {})).toThrow(TypeError);
    expect(() => new Run(specification, () => {})).toThrow(message);
    closeAll(pair);
  });

  it.each(brokenStreams)('%s is refused by name', async (_, changes, message) => {
    const pair = await tcpPair(loopback.fd);
    const specification = specificationFor(pair, { streams: [streamOf(pair.client, changes)] });
    expect(() => new Run(specification, () => {})).toThrow(TypeError);
    expect(() => new Run(specification, () => {})).toThrow(message);
    closeAll(pair);
  });

  it('a socket that is closed or none, a file that is not open, a listener that is no function', async () => {
    const pair = await tcpPair(loopback.fd);
    const bad = (changes: object) => () =>
      new Run(specificationFor(pair, { streams: [streamOf(pair.client, changes)] }), () => {});
    expect(bad({ socket: {} })).toThrow(TypeError);
    expect(bad({ fileDescriptor: 987_654 })).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'fcntl' }));
    expect(() => new Run(specificationFor(pair), undefined as never)).toThrow('onEvent must be a function');
    closeAll(pair);
    expect(bad({})).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_CLOSED' }));
  });
});

describe('a process', () => {
  it('lives until the end of its run has been told', () => {
    expect(runNode(`run((event) => console.log(kind(event)), 0.25).then((it) => it.open());`)).toEqual({
      stdout: 'ready\nstart\ntick\ntick\nend\n',
      stderr: '',
      status: 0,
      signal: null,
    });
  });

  it('is not kept by a run that was never opened', () => {
    expect(runNode(`run(() => {}, 100);`)).toMatchObject({ stderr: '', status: 0, signal: null });
  });

  it('leaves in the middle of a run when it wants to', () => {
    expect(
      runNode(`run(() => {}, 100).then((it) => { it.open(); setTimeout(() => process.exit(5), 150); });`),
    ).toMatchObject({ stderr: '', status: 5, signal: null });
  });

  it('gets an exception of its listener as an uncaught one, and the other events all the same', () => {
    expect(
      runNode(`
        process.on('uncaughtException', (error) => console.log('caught', error.message));
        run((event) => { if (kind(event) === 'start') throw new Error('mine'); console.log(kind(event)); }, 0.25)
          .then((it) => it.open());`).stdout,
    ).toBe('ready\ncaught mine\ntick\ntick\nend\n');
  });

  it('may forget a run: its threads end when it is collected', () => {
    const { stdout } = runNode(
      `
      const threads = () => require('node:fs').readdirSync('/proc/self/task').length;
      (async () => {
        await (await run(() => {}, 1)).close();
        const before = threads();
        for (let i = 0; i < 5; ++i) await run(() => {}, 1);
        console.log(threads() - before);
        for (let i = 0; i < 20; ++i) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)); }
        console.log(threads() - before);
      })();`,
      '--expose-gc',
    );
    expect(stdout).toBe('15\n0\n');
  });
});

describe('a worker thread', () => {
  const inWorker = (body: string) => new Worker(program + body, { eval: true });

  it('runs traffic like any other', async () => {
    const worker = inWorker(`
      const { parentPort } = require('node:worker_threads');
      const told = [];
      run((event) => { told.push(kind(event)); if (kind(event) === 'end') parentPort.postMessage(told); }, 0.15)
        .then((it) => it.open());`);
    const told = await new Promise((resolve) => worker.once('message', resolve));
    expect(told).toEqual(['ready', 'start', 'tick', 'end']);
    expect(await new Promise((resolve) => worker.once('exit', resolve))).toBe(0);
  });

  it('may be terminated in the middle of a run', async () => {
    const threads = () => readdirSync('/proc/self/task').length;
    const before = threads();
    for (let i = 0; i < 3; ++i) {
      const worker = inWorker(`
        const { parentPort } = require('node:worker_threads');
        run((event) => parentPort.postMessage(kind(event)), 100).then((it) => it.open());`);
      await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
    }
    expect(threads()).toBeLessThanOrEqual(before);
  });
});
