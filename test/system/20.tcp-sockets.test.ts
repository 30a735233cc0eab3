import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import type { NativeSystemError } from '../../lib/platform/native.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { closeAll, tcpPair } from '../support/tcp-pair.js';

const { openSocket } = loadNative();
let loopback: LoopbackNamespace;
beforeAll(() => {
  loopback = new LoopbackNamespace();
});
afterAll(() => loopback[Symbol.dispose]());

function failure(work: () => unknown): NativeSystemError {
  try {
    work();
  } catch (error) {
    return error as NativeSystemError;
  }
  throw new Error('nothing was thrown');
}

describe('a TCP connection', () => {
  it.each([4, 6] as const)('carries bytes both ways over IPv%i and ends with an empty read', async (family) => {
    const pair = await tcpPair(loopback.fd, { family });
    const { client, server } = pair;
    expect(server.read(10)).toBeNull();

    expect(client.write(Buffer.from('forward'))).toBe(7);
    await server.wait('readable');
    expect(server.read(4, true)).toEqual(new Uint8Array(Buffer.from('forw')));
    expect(server.read(100)).toEqual(new Uint8Array(Buffer.from('forward')));

    expect(server.write(Buffer.from('back'))).toBe(4);
    server.close();
    await client.wait('readable');
    expect(client.read(100)).toEqual(new Uint8Array(Buffer.from('back')));
    await client.wait('readable');
    expect(client.read(100)).toEqual(new Uint8Array(0));
    closeAll(pair);
  });

  it('names both ends the same way from both sides', async () => {
    const pair = await tcpPair(loopback.fd, { family: 6 });
    expect(pair.client.localAddress()).toEqual(pair.server.remoteAddress());
    expect(pair.client.remoteAddress()).toEqual(pair.listener.localAddress());
    expect(pair.client.remoteAddress()).toMatchObject({ host: '::1', family: 6 });
    closeAll(pair);
  });

  it('takes as many bytes as fit, then says so with 0, and is writable again once the peer has read', async () => {
    const pair = await tcpPair(loopback.fd, { client: { sendBufferBytes: 20_000 } });
    const block = new Uint8Array(64 * 1024);
    let written = 0;
    for (let count = 1; count > 0; written += count) count = pair.client.write(block);
    expect(written).toBeGreaterThan(0);
    expect(pair.client.facts().unacknowledgedBytes).toBeGreaterThan(0);

    let read = 0;
    while (read < written) {
      await pair.server.wait('readable');
      read += pair.server.read(1 << 20)?.length ?? 0;
    }
    expect(read).toBe(written);
    await pair.client.wait('writable');
    expect(pair.client.write(block)).toBeGreaterThan(0);
    closeAll(pair);
  });

  it('that was reset throws from read and from write, without a signal', async () => {
    const pair = await tcpPair(loopback.fd);
    // Closing with unread bytes makes the kernel reset instead of ending.
    pair.client.write(Buffer.from('never read'));
    await pair.server.wait('readable');
    pair.server.close();
    await pair.client.wait('readable');
    expect(failure(() => pair.client.read(1))).toMatchObject({ code: 'ECONNRESET', syscall: 'recv', step: 'read' });
    expect(failure(() => pair.client.write(block1))).toMatchObject({ code: 'EPIPE', syscall: 'send', step: 'write' });
    closeAll(pair);
  });
});

const block1 = new Uint8Array(1);

describe('a listener', () => {
  it('has nothing to accept until somebody comes', async () => {
    const pair = await tcpPair(loopback.fd);
    expect(pair.listener.accept()).toBeNull();
    closeAll(pair);
  });

  it('on IPv6 takes IPv4 clients too and shows them as IPv4', async () => {
    const listener = openSocket({
      protocol: 'tcp',
      family: 6,
      namespace: loopback.fd,
      bind: { port: 0 },
      listen: { backlog: 1 },
    });
    const { port, host } = listener.localAddress();
    expect(host).toBe('::');
    const client = openSocket({
      protocol: 'tcp',
      family: 4,
      namespace: loopback.fd,
      connect: { host: '127.0.0.1', port },
    });
    await listener.wait('readable');
    const server = listener.accept();
    expect(server?.remoteAddress()).toEqual({ ...client.localAddress(), host: '127.0.0.1', family: 4 });
    for (const socket of [listener, client, server]) socket?.close();
  });

  it('with v6Only refuses IPv4 clients', async () => {
    const listener = openSocket({
      protocol: 'tcp',
      family: 6,
      namespace: loopback.fd,
      bind: { port: 0 },
      listen: { backlog: 1 },
      options: { v6Only: true },
    });
    await expect(connect('127.0.0.1', listener.localAddress().port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    listener.close();
  });
});

/** A refusal on loopback is known either at once or after the wait. */
async function connect(host: string, port: number): Promise<void> {
  const socket = openSocket({ protocol: 'tcp', family: 4, namespace: loopback.fd, connect: { host, port } });
  try {
    await socket.wait('writable');
    socket.finishConnect();
  } finally {
    socket.close();
  }
}

describe('what cannot be had', () => {
  it('a port where nobody listens is ECONNREFUSED at step connect', async () => {
    await expect(connect('127.0.0.1', 1)).rejects.toMatchObject({
      message: 'connect: Connection refused',
      code: 'ECONNREFUSED',
      errno: 111,
      syscall: 'connect',
      step: 'connect',
    });
  });

  it('a network without a route is ENETUNREACH', () => {
    const specification = { protocol: 'tcp', family: 4, namespace: loopback.fd } as const;
    expect(failure(() => openSocket({ ...specification, connect: { host: '198.18.0.1', port: 9 } }))).toMatchObject({
      code: 'ENETUNREACH',
      step: 'connect',
    });
  });

  it('a port in use is EADDRINUSE at step bind, a foreign address EADDRNOTAVAIL', () => {
    const specification = { protocol: 'tcp', family: 4, namespace: loopback.fd } as const;
    const first = openSocket({ ...specification, bind: { port: 0 }, listen: { backlog: 1 } });
    const { port } = first.localAddress();
    expect(failure(() => openSocket({ ...specification, bind: { port } }))).toMatchObject({
      code: 'EADDRINUSE',
      syscall: 'bind',
      step: 'bind',
    });
    expect(failure(() => openSocket({ ...specification, bind: { host: '198.18.0.1', port: 0 } }))).toMatchObject({
      code: 'EADDRNOTAVAIL',
      step: 'bind',
    });
    first.close();
  });

  it('finishConnect before there is a connection is ENOTCONN', () => {
    const socket = openSocket({ protocol: 'tcp', family: 4, namespace: loopback.fd });
    expect(failure(() => socket.finishConnect())).toMatchObject({ code: 'ENOTCONN', step: 'connect' });
    expect(failure(() => socket.remoteAddress())).toMatchObject({ code: 'ENOTCONN', step: 'address' });
    socket.close();
  });

  it.each([
    [{ protocol: 'ip', family: 4 }, "specification.protocol must be 'tcp', 'mptcp', 'udp' or 'sctp'"],
    [{ protocol: 'tcp', family: 5 }, 'specification.family must be 4 or 6'],
    [
      { protocol: 'tcp', family: 4, bind: { port: 65536 } },
      'specification.bind.port must be an integer from 0 to 65535',
    ],
    [{ protocol: 'tcp', family: 4, bind: { port: 1.5 } }, 'specification.bind.port must be an integer from 0 to 65535'],
    [
      { protocol: 'tcp', family: 4, bind: { host: '127.0.0.1\0x', port: 0 } },
      'specification.bind.host must be a string of 1 to 255 bytes without NUL',
    ],
    [
      { protocol: 'tcp', family: 4, options: { tos: 256 } },
      'specification.options.tos must be an integer from 0 to 255',
    ],
    [{ protocol: 'tcp', family: 4, options: { noDelay: 1 } }, 'specification.options.noDelay must be true or false'],
    [{ protocol: 'tcp', family: 4, options: 7 }, 'specification.options must be an object'],
    [undefined, 'specification must be an object'],
  ])('%j is a TypeError', (specification, message) => {
    expect(() => openSocket(specification as never)).toThrow(new TypeError(message));
  });

  it('a read without a bound is a TypeError before anything is allocated', async () => {
    const pair = await tcpPair(loopback.fd);
    for (const size of [0, -1, 2 ** 40, Number.NaN, undefined]) {
      expect(() => pair.client.read(size as number)).toThrow(TypeError);
    }
    expect(() => pair.client.write('text' as never)).toThrow(new TypeError('data must be a Uint8Array'));
    closeAll(pair);
  });

  it.each(['host', '1.2.3', '127.0.0.1/8', '::1%'])('host %j is refused, never looked up', (host) => {
    expect(failure(() => openSocket({ protocol: 'tcp', family: 6, bind: { host, port: 0 } }))).toMatchObject({
      step: 'bind',
    });
  });
});

describe('a closed socket', () => {
  it('says so whatever is asked, and may be closed again', async () => {
    const { listener, client, server } = await tcpPair(loopback.fd);
    const closed = { code: 'ERR_SOCKET_CLOSED' };
    for (const socket of [listener, client, server]) {
      socket.close();
      socket.close();
      expect(socket.fd).toBe(-1);
    }
    expect(failure(() => client.read(1))).toMatchObject(closed);
    expect(failure(() => client.write(block1))).toMatchObject(closed);
    expect(failure(() => client.facts())).toMatchObject(closed);
    expect(failure(() => client.localAddress())).toMatchObject(closed);
    expect(failure(() => client.release())).toMatchObject(closed);
    expect(failure(() => listener.accept())).toMatchObject(closed);
    await expect(client.wait('readable')).rejects.toMatchObject(closed);
  });

  it('made by its constructor owns nothing', async () => {
    const pair = await tcpPair(loopback.fd);
    const Constructor = pair.client.constructor as new () => typeof pair.client;
    expect(failure(() => new Constructor().read(1))).toMatchObject({ code: 'ERR_SOCKET_CLOSED' });
    const { read } = pair.client;
    expect(() => read.call({} as never, 1)).toThrow(TypeError);
    closeAll(pair);
  });
});
