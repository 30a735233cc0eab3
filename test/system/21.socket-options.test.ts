import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import type { NativeSocket, SocketOptions, SocketSpecification } from '../../lib/platform/native.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { closeAll, tcpPair } from '../support/tcp-pair.js';

const { openSocket } = loadNative();
let loopback: LoopbackNamespace;
beforeAll(() => {
  loopback = new LoopbackNamespace();
});
afterAll(() => loopback[Symbol.dispose]());

/** Level and name as in <asm-generic/socket.h>, <netinet/in.h>, <netinet/tcp.h>. */
const SO_REUSEADDR = [1, 2];
const SO_KEEPALIVE = [1, 9];
const IP_TOS = [0, 1];
const IPV6_TCLASS = [41, 67];
const TCP_NODELAY = [6, 1];
const TCP_KEEPIDLE = [6, 4];
const TCP_KEEPINTVL = [6, 5];
const TCP_KEEPCNT = [6, 6];
const TCP_USER_TIMEOUT = [6, 18];
const IPV6_V6ONLY = [41, 26];
const SO_MAX_PACING_RATE = [1, 47];

/** Asks the kernel for options of a socket of ours through somebody else's getsockopt: Python's. */
function kernelSays(socket: NativeSocket, ...options: number[][]): number[] {
  const program = `
import json, socket, sys
s = socket.socket(fileno=3)
print(json.dumps([int.from_bytes(s.getsockopt(l, n, 8), 'little') for l, n in json.loads(sys.argv[1])]))`;
  const { stdout, stderr } = spawnSync('python3', ['-c', program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe', socket.fd],
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as number[];
}

function open(options: SocketOptions, rest: Partial<SocketSpecification> = {}): NativeSocket {
  return openSocket({ protocol: 'tcp', family: 4, namespace: loopback.fd, ...rest, options });
}

describe('options of a TCP socket', () => {
  it('arrive in the kernel', () => {
    const socket = open({
      reuseAddress: true,
      noDelay: true,
      tos: 0x28,
      userTimeoutMs: 1234,
      maxPacingRateBytesPerSecond: 2 ** 33,
      keepalive: { idleSeconds: 11, intervalSeconds: 12, count: 3 },
    });
    expect(kernelSays(socket, SO_REUSEADDR, TCP_NODELAY, IP_TOS, TCP_USER_TIMEOUT, SO_MAX_PACING_RATE)).toEqual([
      1,
      1,
      0x28,
      1234,
      2 ** 33,
    ]);
    expect(kernelSays(socket, SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT)).toEqual([1, 11, 12, 3]);
    socket.close();
  });

  it('that are absent leave the defaults', () => {
    const socket = open({});
    expect(kernelSays(socket, SO_REUSEADDR, TCP_NODELAY, IP_TOS, SO_KEEPALIVE)).toEqual([0, 0, 0, 0]);
    socket.close();
  });

  it('a keepalive of zeros keeps the times of the kernel', () => {
    const plain = open({});
    const socket = open({ keepalive: { idleSeconds: 0, intervalSeconds: 0, count: 0 } });
    const times = [TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT];
    expect(kernelSays(socket, ...times)).toEqual(kernelSays(plain, ...times));
    expect(kernelSays(socket, SO_KEEPALIVE)).toEqual([1]);
    socket.close();
    plain.close();
  });

  it('IPv6 takes the type of service for both of its families', () => {
    const socket = open({ tos: 0x10 }, { family: 6 });
    expect(kernelSays(socket, IPV6_TCLASS, IP_TOS)).toEqual([0x10, 0x10]);
    socket.close();
  });

  it('IPv6 is dual-stack when it is bound, whatever the sysctl says', () => {
    loopback.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv6/bindv6only');
    const bound = open({}, { family: 6, bind: { port: 0 } });
    const connected = open({}, { family: 6, protocol: 'udp', connect: { host: '::1', port: 9 } });
    expect(kernelSays(bound, IPV6_V6ONLY)).toEqual([0]);
    expect(kernelSays(connected, IPV6_V6ONLY)).toEqual([1]);
    loopback.run('sh', '-c', 'echo 0 > /proc/sys/net/ipv6/bindv6only');
    bound.close();
    connected.close();
  });

  it('can be set on a living socket', async () => {
    const pair = await tcpPair(loopback.fd);
    expect(kernelSays(pair.server, TCP_NODELAY, IP_TOS)).toEqual([0, 0]);
    pair.server.setOptions({ noDelay: true, tos: 8 });
    expect(kernelSays(pair.server, TCP_NODELAY, IP_TOS)).toEqual([1, 8]);
    closeAll(pair);
  });
});

describe('buffers', () => {
  it('are twice what was asked for', () => {
    const socket = open({ sendBufferBytes: 50_000, receiveBufferBytes: 60_000 });
    expect(socket.facts()).toMatchObject({ sendBufferBytes: 100_000, receiveBufferBytes: 120_000 });
    socket.close();
  });

  it('a minimum raises what is received into, beyond what the machine allows others, and never lowers', () => {
    const plain = open({}, { protocol: 'udp' });
    const { sendBufferBytes } = plain.facts();
    for (const minimumReceiveBufferBytes of [4 << 20, 64 << 20]) {
      const raised = open({ minimumReceiveBufferBytes }, { protocol: 'udp' });
      expect(raised.facts()).toMatchObject({ sendBufferBytes, receiveBufferBytes: 2 * minimumReceiveBufferBytes });
      raised.close();
    }
    const kept = open({ minimumReceiveBufferBytes: 4096 }, { protocol: 'udp' });
    expect(kept.facts()).toEqual(plain.facts());
    for (const socket of [kept, plain]) socket.close();
  });
});

describe('congestion control', () => {
  it('is the one asked for, on both ends, from before the connection', async () => {
    const pair = await tcpPair(loopback.fd, { client: { congestion: 'reno' }, listener: { congestion: 'reno' } });
    expect(pair.client.facts()).toMatchObject({ congestion: 'reno', paced: false });
    expect(pair.server.facts()).toMatchObject({ congestion: 'reno', paced: false });
    closeAll(pair);
  });

  it('that the kernel does not have is ENOENT at step congestion', () => {
    expect(() => open({ congestion: 'no_such' })).toThrow(
      expect.objectContaining({ code: 'ENOENT', step: 'congestion', syscall: 'setsockopt' }),
    );
  });

  it('that paces leaves its mark on a connection when it is exchanged too late, and none before', async () => {
    const pacing = { congestion: 'bbr' };
    if (!readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8').split(/\s/).includes('bbr')) {
      expect(() => open(pacing)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
      return;
    }
    const late = await tcpPair(loopback.fd, { client: pacing });
    expect(late.client.facts()).toMatchObject({ congestion: 'bbr', paced: true });
    late.client.setOptions({ congestion: 'reno' });
    expect(late.client.facts()).toMatchObject({ congestion: 'reno', paced: true });
    closeAll(late);

    const early = open(pacing);
    early.setOptions({ congestion: 'reno' });
    expect(early.facts()).toMatchObject({ congestion: 'reno', paced: false });
    early.close();
  });

  it('a maximum rate makes a socket paced', async () => {
    const options = { congestion: 'reno', maxPacingRateBytesPerSecond: 1e9 };
    const pair = await tcpPair(loopback.fd, { client: options, listener: { congestion: 'reno' } });
    expect(pair.client.facts().paced).toBe(true);
    closeAll(pair);
  });

  it('a rate below one byte a second is none', async () => {
    const pair = await tcpPair(loopback.fd, { client: { congestion: 'reno', maxPacingRateBytesPerSecond: 0 } });
    expect(pair.client.facts().paced).toBe(false);
    closeAll(pair);
  });
});

describe('segment size', () => {
  it('asked for before the connection stands', async () => {
    const pair = await tcpPair(loopback.fd, { client: { mssBytes: 1000 }, listener: { mssBytes: 1000 } });
    // 12 bytes of every segment are the timestamps, where they are on.
    expect([988, 1000]).toContain(pair.client.facts().mssBytes);
    closeAll(pair);
  });

  it('that TCP cannot have is EINVAL at step mss', () => {
    expect(() => open({ mssBytes: 40_000 })).toThrow(expect.objectContaining({ code: 'EINVAL', step: 'mss' }));
  });
});

describe('devices, labels and fragments', () => {
  it('a device that does not exist is ENODEV at step bind-device', () => {
    open({}, { bindDevice: 'lo' }).close();
    expect(() => open({}, { bindDevice: 'nope0' })).toThrow(
      expect.objectContaining({ code: 'ENODEV', step: 'bind-device' }),
    );
  });

  it('a flow label is leased for the connection', async () => {
    const pair = await tcpPair(loopback.fd, { family: 6, client: { flowLabel: 0xabcde } });
    expect(loopback.run('cat', '/proc/net/ip6_flowlabel').toLowerCase()).toContain('abcde');
    expect(() => pair.client.setOptions({ flowLabel: 1 })).toThrow(
      expect.objectContaining({ code: 'EISCONN', step: 'flow-label' }),
    );
    closeAll(pair);
  });

  it('two connections to one place may carry the same label', async () => {
    const first = await tcpPair(loopback.fd, { family: 6, client: { flowLabel: 0x12345 } });
    const second = await tcpPair(loopback.fd, { family: 6, client: { flowLabel: 0x12345 } });
    closeAll(first);
    closeAll(second);
  });

  it('IPv4 has no flow label', () => {
    expect(() => open({ flowLabel: 7 }, { connect: { host: '127.0.0.1', port: 9 } })).toThrow(
      expect.objectContaining({ code: 'EAFNOSUPPORT', step: 'flow-label' }),
    );
  });

  it.each([
    [4, '127.0.0.1'],
    [6, '::1'],
  ] as const)('dontFragment on IPv%i refuses a datagram above the path MTU', (family, host) => {
    loopback.run('ip', 'link', 'set', 'lo', 'mtu', '1500');
    const specification = { protocol: 'udp', family, connect: { host, port: 9 } } as const;
    const plain = open({}, specification);
    expect(plain.write(new Uint8Array(2000))).toBe(2000);
    const whole = open({ dontFragment: true }, specification);
    expect(() => whole.write(new Uint8Array(2000))).toThrow(expect.objectContaining({ code: 'EMSGSIZE' }));
    loopback.run('ip', 'link', 'set', 'lo', 'mtu', '65536');
    plain.close();
    whole.close();
  });
});

describe('other protocols', () => {
  const mptcp = existsSync('/proc/sys/net/mptcp/enabled');
  it(`MPTCP ${mptcp ? 'connects and carries bytes' : 'is refused where the kernel has none'}`, async () => {
    const specification = { protocol: 'mptcp', family: 4, namespace: loopback.fd } as const;
    if (!mptcp) {
      expect(() => openSocket(specification)).toThrow(expect.objectContaining({ step: 'socket' }));
      return;
    }
    const listener = openSocket({ ...specification, bind: { host: '127.0.0.1', port: 0 }, listen: { backlog: 1 } });
    const client = openSocket({
      ...specification,
      connect: { host: '127.0.0.1', port: listener.localAddress().port },
      options: { noDelay: true },
    });
    await client.wait('writable');
    client.finishConnect();
    await listener.wait('readable');
    const server = listener.accept()!;
    expect(client.write(Buffer.from('multi'))).toBe(5);
    await server.wait('readable');
    expect(Buffer.from(server.read(10)!).toString()).toBe('multi');
    expect(client.facts().congestion).toMatch(/\w/);
    for (const socket of [listener, client, server]) socket.close();
  });

  it('SCTP opens, or is refused at step socket where the kernel has none', () => {
    const attempt = () =>
      openSocket({
        protocol: 'sctp',
        family: 4,
        namespace: loopback.fd,
        bind: { host: '127.0.0.1', port: 0 },
        options: { noDelay: true, mssBytes: 1000, sctpStreams: 4, sctpBindAddresses: ['127.0.0.2'] },
      });
    if (existsSync('/proc/sys/net/sctp')) {
      attempt().close();
    } else {
      expect(attempt).toThrow(expect.objectContaining({ code: 'EPROTONOSUPPORT', step: 'socket' }));
    }
  });
});
