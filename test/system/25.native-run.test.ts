import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import type { NativeRun, RunEvent, RunSnapshot } from '../../lib/platform/native.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { nativeBinary } from '../support/native-binary.js';
import { play, specificationFor, streamOf } from '../support/native-run.js';
import { closeAll, tcpPair } from '../support/tcp-pair.js';

const { Run } = loadNative();
let loopback: LoopbackNamespace;
beforeAll(() => {
  loopback = new LoopbackNamespace();
});
afterAll(() => loopback[Symbol.dispose]());

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
    burst: 1, sendPath: 'copy', receivePath: 'copy', cores: [], udpCounters64Bit: false, gsoSegments: 0, gro: false, batch: 0,
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
    // Paced: two workers at full speed beside the busy thread are three on two cores, and the sampler waits for its turn.
    const streams = [streamOf(pair.client, { rateBitsPerSecond: 1e8 }), streamOf(pair.server, { sending: false })];
    let busySeconds = 0;
    const { snapshots, end } = await play(specificationFor(pair, { streams, durationSeconds: 1.2 }), () => {
      const begun = performance.now();
      while (performance.now() - begun < 1000);
      busySeconds = (performance.now() - begun) / 1000;
    });
    closeAll(pair);
    const ticks = snapshots.filter(({ kind }) => kind === 'tick').map(({ timeSeconds }) => timeSeconds);
    // Kept by JavaScript there were none. A machine that stands still for a while makes some late, or takes some.
    expect(ticks.filter((time) => time < busySeconds).length).toBeGreaterThanOrEqual(6);
    expect(new Set(ticks.map((time) => Math.floor(time * 10 + 1e-6))).size).toBe(ticks.length);
    const latenessSeconds = ticks.map((time) => time - Math.floor(time * 10 + 1e-6) / 10).sort((a, b) => a - b);
    expect(latenessSeconds[Math.floor(latenessSeconds.length / 2)]).toBeLessThan(0.02);
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

describe('processes that are watched', () => {
  it('stand in every snapshot in the order in which they were named, null where there is none', async () => {
    const pair = await tcpPair(loopback.fd);
    const nobody = 4_194_304;
    const { snapshots, end } = await play(specificationFor(pair, { watchedProcesses: [process.pid, nobody] }));
    for (const { kind, processes, timeSeconds, readSeconds } of snapshots) {
      expect(processes).toEqual([{ cpuSeconds: expect.any(Number), threads: expect.any(Array) }, null]);
      expect(processes[0]!.threads.length > 0).toBe(kind !== 'tick');
      expect(readSeconds).toBeGreaterThanOrEqual(timeSeconds);
    }
    // Of this very process, whose two workers have just moved bytes for 0.3 s.
    const used = end.processes[0]!.cpuSeconds - snapshots[0]!.processes[0]!.cpuSeconds;
    expect(used).toBeGreaterThan(0.01);
    expect(end.processes[0]!.threads.map(({ name }) => name)).toContain('vnetperf-clock');
    closeAll(pair);
  });

  it('are none where none were named', async () => {
    const pair = await tcpPair(loopback.fd);
    const { snapshots } = await play(specificationFor(pair));
    for (const { processes } of snapshots) expect(processes).toEqual([]);
    closeAll(pair);
  });
});

describe('a process', () => {
  it('lives until the end of its run has been told', () => {
    expect(runNode(`run((event) => console.log(kind(event)), 0.25).then((it) => it.open());`)).toEqual({
      stdout: expect.stringMatching(/^ready\nstart\n(tick\n)*end\n$/),
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
    ).toMatch(/^ready\ncaught mine\n(tick\n)+end\n$/);
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
    const told = await new Promise<string[]>((resolve) => worker.once('message', resolve));
    expect(told.filter((one) => one !== 'tick')).toEqual(['ready', 'start', 'end']);
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
