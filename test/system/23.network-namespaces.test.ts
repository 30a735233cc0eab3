import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { nativeBinary } from '../support/native-binary.js';
import { closeAll, tcpPair } from '../support/tcp-pair.js';

const native = loadNative();

describe('a network namespace', () => {
  it('holds its own loopback and nothing else, and that is down', () => {
    const fd = native.createNetworkNamespace();
    const { stdout } = spawnSync('nsenter', ['--net=/proc/self/fd/3', 'ip', '-br', 'link'], {
      stdio: ['ignore', 'pipe', 'inherit', fd],
      encoding: 'utf8',
      timeout: 5000,
    });
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stdout).toMatch(/^lo\s+DOWN/);
    native.closeDescriptor(fd);
  });

  it('is another one each time, and never that of the caller', () => {
    const before = readlinkSync('/proc/self/ns/net');
    const descriptors = [native.createNetworkNamespace(), native.createNetworkNamespace()];
    const names = descriptors.map((fd) => `net:[${fstatSync(fd).ino}]`);
    expect(new Set([...names, before]).size).toBe(3);
    native.openSocket({ protocol: 'tcp', family: 4, namespace: descriptors[0] }).close();
    expect(readlinkSync('/proc/self/ns/net')).toBe(before);
    for (const fd of descriptors) native.closeDescriptor(fd);
  });

  it('keeps its sockets to itself: the same port is free in each', () => {
    using first = new LoopbackNamespace();
    using second = new LoopbackNamespace();
    const port = 5201;
    const specification = { protocol: 'tcp', family: 4, bind: { port }, listen: { backlog: 1 } } as const;
    const one = native.openSocket({ ...specification, namespace: first.fd });
    const two = native.openSocket({ ...specification, namespace: second.fd });
    expect(() => native.openSocket({ ...specification, namespace: first.fd })).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE' }),
    );
    one.close();
    two.close();
  });

  it('is not reached from outside', async () => {
    using loopback = new LoopbackNamespace();
    const outside = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => outside.once('listening', resolve));
    const { port } = outside.address() as { port: number };
    const connect = async () => {
      const socket = native.openSocket({
        protocol: 'tcp',
        family: 4,
        namespace: loopback.fd,
        connect: { host: '127.0.0.1', port },
      });
      try {
        await socket.wait('writable');
        socket.finishConnect();
      } finally {
        socket.close();
      }
    };
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await new Promise((resolve) => outside.close(resolve));
  });

  it('lives on in its sockets when the descriptor is closed', async () => {
    const loopback = new LoopbackNamespace();
    const pair = await tcpPair(loopback.fd);
    loopback[Symbol.dispose]();
    pair.client.write(Buffer.from('still here'));
    await pair.server.wait('readable');
    expect(Buffer.from(pair.server.read(100)!).toString()).toBe('still here');
    closeAll(pair);
  });

  it('can be named by anything that opens one, as long as it is one', () => {
    const own = openSync('/proc/self/ns/net', 'r');
    native.openSocket({ protocol: 'tcp', family: 4, namespace: own }).close();
    closeSync(own);

    const other = openSync('/proc/self/ns/uts', 'r');
    expect(() => native.openSocket({ protocol: 'tcp', family: 4, namespace: other })).toThrow(
      expect.objectContaining({ code: 'EINVAL', syscall: 'setns', step: 'namespace' }),
    );
    expect(() => native.closeDescriptor(other)).toThrow(expect.objectContaining({ step: 'namespace' }));
    closeSync(other);
    expect(() => native.closeDescriptor(other)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});

describe('without privileges', () => {
  it('making and entering a namespace is EPERM at step namespace', () => {
    const program = `
      const native = require(process.argv[1]);
      const fd = native.createNetworkNamespace();
      process.setgid(65534);
      process.setuid(65534);
      const failure = (work) => { try { work(); } catch (error) { return { ...error }; } };
      console.log(JSON.stringify([
        failure(() => native.createNetworkNamespace()),
        failure(() => native.openSocket({ protocol: 'tcp', family: 4, namespace: fd })),
      ]));`;
    const { stdout } = spawnSync(process.execPath, ['-e', program, nativeBinary], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(JSON.parse(stdout)).toEqual([
      { code: 'EPERM', errno: 1, syscall: 'unshare', step: 'namespace' },
      { code: 'EPERM', errno: 1, syscall: 'setns', step: 'namespace' },
    ]);
  });
});

describe('descriptors', () => {
  const open = () => readdirSync('/proc/self/fd').length;

  it('are all given back after 200 sockets, whatever became of them', async () => {
    using loopback = new LoopbackNamespace();
    closeAll(await tcpPair(loopback.fd));
    const before = open();
    for (let i = 0; i < 40; ++i) {
      const pair = await tcpPair(loopback.fd, { family: i % 2 === 0 ? 4 : 6 });
      closeAll(pair);
      const failing = { protocol: 'tcp', family: 4, namespace: loopback.fd } as const;
      expect(() => native.openSocket({ ...failing, bindDevice: 'nope0' })).toThrow();
      expect(() => native.openSocket({ ...failing, bind: { host: '198.18.0.1', port: 0 } })).toThrow();
    }
    expect(open()).toBe(before);
  });

  it('are not inherited by children', async () => {
    using loopback = new LoopbackNamespace();
    const pair = await tcpPair(loopback.fd);
    const { stdout } = spawnSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8', timeout: 5000 });
    for (const fd of [loopback.fd, ...Object.values(pair).map((socket) => socket.fd)]) {
      expect(stdout).not.toContain(readlinkSync(`/proc/self/fd/${fd}`));
    }
    closeAll(pair);
  });

  it('can be given away, after which the socket is closed and the number is not', async () => {
    using loopback = new LoopbackNamespace();
    const pair = await tcpPair(loopback.fd);
    const fd = pair.client.release();
    expect(pair.client.fd).toBe(-1);
    pair.client.close();
    expect(readlinkSync(`/proc/self/fd/${fd}`)).toMatch(/^socket:/);
    closeSync(fd);
    await pair.server.wait('readable');
    expect(pair.server.read(1)).toEqual(new Uint8Array(0));
    closeAll(pair);
  });

  it('belong to a run as well, as long as it lives: closing does no harm then, giving away is refused', async () => {
    using loopback = new LoopbackNamespace();
    const pair = await tcpPair(loopback.fd);
    const { fd } = pair.client;
    const link = readlinkSync(`/proc/self/fd/${fd}`);
    const run = new native.Run(
      {
        streams: [
          {
            socket: pair.client,
            sending: true,
            protocol: 'tcp',
            lengthBytes: 1000,
            rateBitsPerSecond: 0,
            burst: 1,
            sendPath: 'copy',
            receivePath: 'copy',
            cores: [],
            udpCounters64Bit: false,
            gsoSegments: 0,
            gro: false,
            batch: 0,
            repeatingPayload: false,
            fileDescriptor: -1,
          },
        ],
        omitSeconds: 0,
        durationSeconds: 0,
        endsOnTime: false,
        limitBytes: 0,
        limitBlocks: 0,
        endsOnLimit: false,
        intervalSeconds: 0,
      },
      () => {},
    );
    expect(() => pair.client.release()).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_SHARED' }));
    pair.client.close();
    expect(readlinkSync(`/proc/self/fd/${fd}`)).toBe(link);
    run.close();
    expect(() => expect(readlinkSync(`/proc/self/fd/${fd}`)).not.toBe(link)).toThrow(/ENOENT/);
    closeAll(pair);
  });

  it('of anything but a socket of the addon are nothing a run takes', () => {
    const stream = { socket: { fd: 0 }, sending: true };
    expect(() => new native.Run({ streams: [stream] } as never, () => {})).toThrow(TypeError);
  });
});
