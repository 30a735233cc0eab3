import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import type { NativeSocket } from '../../lib/platform/native.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';

const { openSocket } = loadNative();
let loopback: LoopbackNamespace;
beforeAll(() => {
  loopback = new LoopbackNamespace();
});
afterAll(() => loopback[Symbol.dispose]());

function server(family: 4 | 6, port = 0): NativeSocket {
  const options = { reuseAddress: true };
  return openSocket({ protocol: 'udp', family, namespace: loopback.fd, bind: { port }, options });
}

function client(host: string, port: number): NativeSocket {
  const family = host.includes(':') ? 6 : 4;
  return openSocket({ protocol: 'udp', family, namespace: loopback.fd, connect: { host, port } });
}

async function receive(socket: NativeSocket): Promise<string> {
  await socket.wait('readable');
  return Buffer.from(socket.read(2000)!).toString();
}

describe('a UDP server', () => {
  it.each([
    ['IPv4 on IPv4', 4, '127.0.0.1'],
    ['IPv6 on IPv6', 6, '::1'],
    ['IPv4 on a dual-stack socket', 6, '127.0.0.1'],
  ] as const)('greets its client and keeps it: %s', async (_name, family, host) => {
    const greeter = server(family);
    const { port } = greeter.localAddress();
    const caller = client(host, port);
    expect(greeter.receiveFrom(100, false)).toBeNull();
    caller.write(Buffer.from('hello'));
    await greeter.wait('readable');

    const peeked = greeter.receiveFrom(100, true);
    const taken = greeter.receiveFrom(100, false);
    expect(peeked).toEqual(taken);
    expect(Buffer.from(taken!.data).toString()).toBe('hello');
    expect(taken!.from).toEqual(caller.localAddress());
    expect(taken!.from).toMatchObject({ host, family: host.includes(':') ? 6 : 4 });
    expect(greeter.receiveFrom(100, false)).toBeNull();

    greeter.connectTo(taken!.from);
    expect(greeter.remoteAddress()).toEqual(caller.localAddress());
    greeter.write(Buffer.from('welcome'));
    expect(await receive(caller)).toBe('welcome');
    greeter.close();
    caller.close();
  });

  it('hands the port on: the connected socket keeps its client, a new one greets the next', async () => {
    const first = server(4);
    const { port } = first.localAddress();
    const one = client('127.0.0.1', port);
    one.write(Buffer.from('one'));
    await first.wait('readable');
    first.connectTo(first.receiveFrom(100, false)!.from);

    const second = server(4, port);
    const two = client('127.0.0.1', port);
    two.write(Buffer.from('two'));
    one.write(Buffer.from('one again'));
    expect(await receive(first)).toBe('one again');
    expect(await receive(second)).toBe('two');
    for (const socket of [first, second, one, two]) socket.close();
  });

  it('tells a link-local client with the interface of its namespace, and answers there', async () => {
    loopback.run('ip', 'link', 'add', 'left0', 'type', 'veth', 'peer', 'name', 'right0');
    for (const device of ['left0', 'right0']) {
      loopback.run('sh', '-c', `echo 0 > /proc/sys/net/ipv6/conf/${device}/accept_dad`);
      loopback.run('ip', 'link', 'set', device, 'up');
    }
    loopback.run('ip', 'address', 'add', 'fe80::1/64', 'dev', 'left0', 'nodad');
    loopback.run('ip', 'address', 'add', 'fe80::2/64', 'dev', 'right0', 'nodad');

    const greeter = server(6);
    const { port } = greeter.localAddress();
    const caller = openSocket({
      protocol: 'udp',
      family: 6,
      namespace: loopback.fd,
      bind: { host: 'fe80::1%left0', port: 0 },
      connect: { host: 'fe80::2%left0', port },
    });
    expect(caller.localAddress().host).toBe('fe80::1%left0');
    caller.write(Buffer.from('hello'));
    await greeter.wait('readable');
    const { from } = greeter.receiveFrom(100, false)!;
    expect(from.host).toMatch(/^fe80::1%(left0|right0)$/);
    greeter.connectTo(from);
    greeter.close();
    caller.close();
    loopback.run('ip', 'link', 'delete', 'left0');
  });

  it('a zone that is no interface there is ENODEV', () => {
    const attempt = () => server(6).connectTo({ host: 'fe80::1%nope0', port: 9, family: 6 });
    expect(attempt).toThrow(expect.objectContaining({ code: 'ENODEV', step: 'connect' }));
  });
});

describe('a UDP client', () => {
  it('learns from the next call that nobody listens', async () => {
    const caller = client('127.0.0.1', 9);
    caller.write(Buffer.from('hello'));
    await caller.wait('readable');
    expect(() => caller.read(10)).toThrow(expect.objectContaining({ code: 'ECONNREFUSED', step: 'read' }));
    caller.close();
  });

  it('has no congestion control, no segment size and no pacing to tell of', () => {
    const caller = client('127.0.0.1', 9);
    expect(caller.facts()).toMatchObject({ congestion: undefined, mssBytes: 0, paced: false, unacknowledgedBytes: 0 });
    caller.close();
  });

  it('cannot send more than a datagram holds', () => {
    const caller = client('127.0.0.1', 9);
    expect(() => caller.write(new Uint8Array(65_508))).toThrow(
      expect.objectContaining({ code: 'EMSGSIZE', step: 'write' }),
    );
    caller.close();
  });
});
