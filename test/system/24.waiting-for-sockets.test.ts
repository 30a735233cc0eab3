import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { nativeBinary } from '../support/native-binary.js';
import { closeAll, tcpPair } from '../support/tcp-pair.js';

let loopback: LoopbackNamespace;
beforeAll(() => {
  loopback = new LoopbackNamespace();
});
afterAll(() => loopback[Symbol.dispose]());

/** A listener on this machine's loopback that nobody knows of, in a process of its own. */
const listening = `
  const native = require(${JSON.stringify(nativeBinary)});
  const listener = native.openSocket(
    { protocol: 'tcp', family: 4, bind: { host: '127.0.0.1', port: 0 }, listen: { backlog: 1 } });`;

function runNode(program: string, ...flags: string[]) {
  return spawnSync(process.execPath, [...flags, '-e', listening + program], { encoding: 'utf8', timeout: 20_000 });
}

const settled = async (promise: Promise<void>): Promise<string> =>
  Promise.race([promise.then(() => 'ready'), sleep(50).then(() => 'pending')]);

describe('wait', () => {
  it('pends until there is something, then resolves', async () => {
    const pair = await tcpPair(loopback.fd);
    const readable = pair.server.wait('readable');
    expect(await settled(readable)).toBe('pending');
    pair.client.write(Buffer.from('x'));
    expect(await settled(readable)).toBe('ready');
    // Still unread: ready at once again.
    expect(await settled(pair.server.wait('readable'))).toBe('ready');
    closeAll(pair);
  });

  it('serves both directions of one socket, each for itself', async () => {
    const pair = await tcpPair(loopback.fd);
    const readable = pair.client.wait('readable');
    expect(await settled(pair.client.wait('writable'))).toBe('ready');
    expect(await settled(readable)).toBe('pending');
    expect(await settled(pair.client.wait('writable'))).toBe('ready');
    pair.server.write(Buffer.from('x'));
    expect(await settled(readable)).toBe('ready');
    closeAll(pair);
  });

  it('serves several who wait for the same', async () => {
    const pair = await tcpPair(loopback.fd);
    const waits = [pair.server.wait('readable'), pair.server.wait('readable'), pair.server.wait('readable')];
    pair.client.write(Buffer.from('x'));
    await Promise.all(waits);
    closeAll(pair);
  });

  it('does not take what was read meanwhile for something new', async () => {
    const pair = await tcpPair(loopback.fd);
    const first = pair.server.wait('readable');
    pair.client.write(Buffer.from('x'));
    // The report is under way when the byte is taken; the new wait must not be answered by it.
    const until = Date.now() + 30;
    while (Date.now() < until);
    expect(pair.server.read(1)).toHaveLength(1);
    const second = pair.server.wait('readable');
    expect(await settled(second)).toBe('pending');
    pair.client.write(Buffer.from('y'));
    await Promise.all([first, second]);
    closeAll(pair);
  });

  it('resolves when the peer ends or resets', async () => {
    const pair = await tcpPair(loopback.fd);
    const readable = pair.server.wait('readable');
    pair.client.close();
    await readable;
    expect(pair.server.read(1)).toEqual(new Uint8Array(0));
    closeAll(pair);
  });

  it('rejects with ERR_SOCKET_CLOSED when the socket is closed meanwhile, in both directions', async () => {
    const pair = await tcpPair(loopback.fd, { client: { sendBufferBytes: 5000 } });
    while (pair.client.write(new Uint8Array(65_536)) > 0);
    const waits = [pair.client.wait('readable'), pair.client.wait('writable')];
    pair.client.close();
    for (const wait of waits) {
      await expect(wait).rejects.toMatchObject({
        code: 'ERR_SOCKET_CLOSED',
        message: 'the socket was closed while it was waited for',
      });
    }
    closeAll(pair);
  });

  it('never answers for a later socket with the same number', async () => {
    const old = await tcpPair(loopback.fd);
    const wait = old.server.wait('readable');
    const { fd } = old.server;
    old.client.write(Buffer.from('x'));
    old.server.close();
    await expect(wait).rejects.toMatchObject({ code: 'ERR_SOCKET_CLOSED' });

    const young = loadNative().openSocket({ protocol: 'udp', family: 4, namespace: loopback.fd, bind: { port: 0 } });
    expect(young.fd).toBe(fd);
    expect(await settled(young.wait('readable'))).toBe('pending');
    young.close();
    closeAll(old);
  });

  it('wants to know for what', async () => {
    const pair = await tcpPair(loopback.fd);
    expect(() => pair.client.wait('ready' as never)).toThrow(new TypeError("event must be 'readable' or 'writable'"));
    closeAll(pair);
  });

  it('sleeps: a process that waits uses no CPU time', async () => {
    const pair = await tcpPair(loopback.fd);
    const waiting = pair.server.wait('readable');
    const thread = pollerThread();
    const before = cpuTicks(thread);
    await sleep(500);
    expect(cpuTicks(thread) - before).toBeLessThanOrEqual(1);
    pair.client.close();
    await waiting;
    closeAll(pair);
  });
});

function pollerThread(): string {
  const threads = readdirSync('/proc/self/task');
  const found = threads.find((tid) => readFileSync(`/proc/self/task/${tid}/comm`, 'utf8') === 'vnetperf-poll\n');
  expect(found).toBeDefined();
  return found!;
}

/** User and system time in hundredths of a second. */
function cpuTicks(tid: string): number {
  const fields = readFileSync(`/proc/self/task/${tid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

describe('the end of the process', () => {
  it('waits for a pending wait', () => {
    const { stdout, status } = runNode(`
      listener.wait('readable').then(() => console.log('accepted'));
      const { port } = listener.localAddress();
      setTimeout(() => native.openSocket(
        { protocol: 'tcp', family: 4, connect: { host: '127.0.0.1', port } }), 200).unref();
      process.on('exit', () => console.log('exit'));
      setTimeout(() => {}, 300);`);
    expect(stdout).toBe('accepted\nexit\n');
    expect(status).toBe(0);
  });

  it('is not held up when none is pending', () => {
    const { stdout, status, signal } = runNode(`
      const { port } = listener.localAddress();
      const client = native.openSocket({ protocol: 'tcp', family: 4, connect: { host: '127.0.0.1', port } });
      listener.wait('readable').then(() => console.log('done'));`);
    expect({ stdout, status, signal }).toEqual({ stdout: 'done\n', status: 0, signal: null });
  });

  it('by process.exit() does not mind pending waits', () => {
    const { status, signal, stderr } = runNode(`
      listener.wait('readable');
      setTimeout(() => process.exit(7), 50);`);
    expect({ status, signal, stderr }).toEqual({ status: 7, signal: null, stderr: '' });
  });

  it('a pending wait alone keeps the process alive', () => {
    const { error } = spawnSync(process.execPath, ['-e', `${listening} listener.wait('readable');`], { timeout: 700 });
    expect(error).toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('an uncollected wait keeps its socket; a forgotten socket is closed when it is collected', () => {
    const { stdout, stderr } = runNode(
      `
      const open = () => require('node:fs').readdirSync('/proc/self/fd').length;
      const udp = () => native.openSocket({ protocol: 'udp', family: 4, bind: { host: '127.0.0.1', port: 0 } });
      const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
      (async () => {
        const waiting = udp();
        const { port } = waiting.localAddress();
        const wait = (() => { const socket = udp(); const wait = socket.wait('readable'); globalThis.p = socket.localAddress().port; return wait; })();
        const before = open();
        for (let i = 0; i < 50; ++i) udp();
        for (let i = 0; i < 10; ++i) { gc(); await settle(); }
        console.log(open() - before);
        const sender = native.openSocket(
          { protocol: 'udp', family: 4, connect: { host: '127.0.0.1', port: globalThis.p } });
        sender.write(Buffer.from('x'));
        await wait;
        console.log('answered');
      })();`,
      '--expose-gc',
    );
    expect(stderr).toBe('');
    expect(stdout).toBe('0\nanswered\n');
  });
});

describe('worker threads', () => {
  const exchange = `
    const { parentPort, workerData } = require('node:worker_threads');
    const native = require(workerData.binary);
    (async () => {
      const namespace = workerData.namespace;
      const listener = native.openSocket({
        protocol: 'tcp', family: 4, namespace, bind: { host: '127.0.0.1', port: 0 }, listen: { backlog: 1 } });
      const client = native.openSocket({
        protocol: 'tcp', family: 4, namespace,
        connect: { host: '127.0.0.1', port: listener.localAddress().port } });
      await listener.wait('readable');
      const server = listener.accept();
      client.write(Buffer.from('from a worker'));
      await server.wait('readable');
      parentPort.postMessage(Buffer.from(server.read(100)).toString());
      if (workerData.linger) await listener.wait('readable');
    })();`;

  const start = (linger: boolean) =>
    new Worker(exchange, { eval: true, workerData: { binary: nativeBinary, namespace: loopback.fd, linger } });

  it('have sockets of their own, several at a time', async () => {
    const workers = [start(false), start(false), start(false)];
    const messages = workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)));
    const exits = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    expect(await Promise.all(messages)).toEqual(Array(3).fill('from a worker'));
    expect(await Promise.all(exits)).toEqual([0, 0, 0]);
  });

  it('can be terminated while they wait, and leave no thread and no descriptor', async () => {
    const open = () => readdirSync('/proc/self/fd').length;
    const threads = () => readdirSync('/proc/self/task').length;
    const round = async () => {
      const worker = start(true);
      await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
    };
    await round();
    const before = { open: open(), threads: threads() };
    for (let i = 0; i < 5; ++i) await round();
    expect({ open: open(), threads: threads() }).toEqual(before);
  });
});
