import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IperfProcess, run, startServer } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { resources } from '../support/process-resources.js';
import { bytes, message } from '../support/protocol-vectors.js';
import { introduce, tcpParameters } from '../support/scripted-client.js';
import { connectIn, type ScriptedConnection } from '../support/scripted-connection.js';

const root = process.getuid?.() === 0;
const STRANGER =
  'unknown control message (ensure other side is iperf3 and not iperf) (this is no iperf3 client: it began with';
const UNREADABLE = 'unable to receive parameters from client (the client';

describe.runIf(root)('a server among strangers', () => {
  let network: LoopbackNamespace;
  let server: IperfProcess;
  beforeAll(async () => {
    network = new LoopbackNamespace();
    server = await startServer('vnetperf', network.fd);
  });
  afterAll(async () => {
    await server.kill();
    network[Symbol.dispose]();
  });

  async function serves(...args: string[]): Promise<void> {
    const { status, stderr } = await run('vnetperf', network.fd, ['-c', '127.0.0.1', '-k', '1', '-i', '0', ...args]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }

  /** What the server answers, and what it says on stderr, until it closes the connection. */
  async function answerTo(connection: ScriptedConnection, sent: Uint8Array): Promise<{ answer: string; said: string }> {
    const before = server.stderr.length;
    connection.send(sent);
    const answer = (await connection.rest(5_000)).toString('hex');
    connection.close();
    await expect.poll(() => server.stderr.length).toBeGreaterThan(before);
    return { answer, said: server.stderr.slice(before) };
  }

  it.each([
    ['a browser', Buffer.from('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'), '"GET / HTTP/1.1  Host: 127.0.0.1"'],
    ['a secure shell', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'), '"SSH-2.0-OpenSSH_9.2"'],
    ['TLS', Buffer.from('16030102000100', 'hex'), 'bytes 16 03 01 02 00 01 00'],
    ['zeros', Buffer.alloc(37), 'bytes 00 00 00 00 00 00 00 00 ...'],
    ['terminal codes', Buffer.from('\u001b]0;owned\u0007\u001b[2J'), 'bytes 1b 5d 30 3b 6f 77 6e 65 ...'],
    ['a hundred kilobytes', Buffer.alloc(100_000, 0xff), 'bytes ff ff ff ff ff ff ff ff ...'],
  ])('is not moved by %s', async (_, sent, seen) => {
    const { answer, said } = await answerTo(await connectIn(network.fd, 5201), sent);
    expect(answer).toBe('');
    expect(said).toBe(`warning: received an ${STRANGER} ${seen})\n`);
    await serves();
  });

  const length = (announced: number) => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(announced);
    return prefix;
  };

  it.each([
    [
      'one byte too long',
      bytes(length(8193), Buffer.alloc(8193, 0x20)),
      "'s message is announced with 8193 bytes, more than the 8192 allowed)",
    ],
    [
      'two gigabytes long',
      length(2 ** 31),
      "'s message is announced with 2147483648 bytes, more than the 8192 allowed)",
    ],
    ['of no length', length(0), "'s message is empty)"],
    ['too deep', message('['.repeat(5000)), "'s message is nested more than 1000 deep)"],
    ['deep in objects', message('{"a":'.repeat(1500)), "'s message is nested more than 1000 deep)"],
    ['no JSON', message('parameters'), "'s message is not JSON)"],
    ['with a number that JSON has not', message('{"tcp":true,"time":NaN}'), "'s message is not JSON)"],
    ['an array', message('[1,2,3]'), "'s message is not a JSON object)"],
  ])('refuses parameters that are %s', async (_, sent, reason) => {
    const { answer, said } = await answerTo(await introduce(network.fd, 5201), sent);
    expect(answer).toBe('fe0000007200000000');
    expect(said).toBe(`iperf3: error - ${UNREADABLE}${reason}\n  This is no iperf3 client, or a broken one.\n`);
    await serves();
  });

  it.each([
    ['parallel', 1e9, 6, 'from 1 to 128'],
    ['parallel', 0, 6, 'from 1 to 128'],
    ['parallel', -1, 6, 'from 1 to 128'],
    ['len', 2 ** 40, 7, 'from 1 to 1048576'],
    ['len', 0, 7, 'from 1 to 1048576'],
    ['time', -1, 5, 'from 0 to 86400'],
    ['time', 1e308, 5, 'from 0 to 86400'],
    ['omit', 601, 12, 'from 0 to 600'],
    ['num', -1, 38, 'from 0 to'],
    ['bandwidth', -1e300, 38, 'from 0 to'],
    ['burst', 1001, 15, 'from 0 to 1000'],
    ['MSS', 1e6, 10, 'from 0 to 32767'],
    ['window', 2 ** 40, 8, 'from 0 to 536870912'],
    ['TOS', 256, 21, 'from 0 to 255'],
    ['flowlabel', 2 ** 20, 127, 'from 0 to 1048575'],
    ['server_affinity', 1e9, 132, 'from 0 to 1024'],
  ])('refuses %s %s with error %i', async (key, value, number, range) => {
    const sent = message(JSON.stringify({ ...tcpParameters, [key]: value }));
    const { answer, said } = await answerTo(await introduce(network.fd, 5201), sent);
    expect(answer).toBe(`fe${number.toString(16).padStart(8, '0')}00000000`);
    expect(said).toContain(`(the client asked for ${key} `);
    expect(said).toContain(`Start the client with a value ${range}`);
    await serves();
  });

  it('takes values of a wrong type for absent, as iperf3 does, and says so', async () => {
    const control = await introduce(network.fd, 5201);
    const before = server.stderr.length;
    control.send(message(JSON.stringify({ tcp: 'yes', parallel: [1], time: { s: 1 }, title: 7, window: null })));
    expect((await control.take(1))[0]).toBe(0x0a);
    control.close();
    await expect.poll(() => server.stderr.slice(before)).toContain('unexpectedly closed');
    expect(server.stderr.slice(before).split('\n').slice(0, 5)).toEqual([
      'warning: the peer sent tcp as a string and not as true or false, ignored',
      'warning: the peer sent time as an object and not as a number, ignored',
      'warning: the peer sent parallel as an array and not as a number, ignored',
      'warning: the peer sent window as null and not as a number, ignored',
      'warning: the peer sent title as a number and not as a string, ignored',
    ]);
    await serves();
  });

  it.each([
    ['a congestion control that is none', { congestion: 'nosuch\u001b[31m' }],
    ['one with a very long name', { congestion: 'x'.repeat(5000) }],
  ])('goes on with %s', async (_, settings) => {
    const control = await introduce(network.fd, 5201);
    const before = server.stderr.length;
    control.send(message(JSON.stringify({ ...tcpParameters, ...settings })));
    expect((await control.take(1))[0]).toBe(0x0a);
    control.close();
    await expect.poll(() => server.stderr.slice(before)).toContain('unexpectedly closed');
    expect(server.stderr.slice(before)).toMatch(/^warning: TCP congestion control "[ -~]{1,43}" is not to be had/);
    expect(server.stderr).not.toContain('\u001b');
    await serves();
  });

  it('turns away who asks for SCTP, and still listens', async () => {
    const sent = message(JSON.stringify({ ...tcpParameters, tcp: undefined, sctp: true }));
    const control = await introduce(network.fd, 5201);
    control.send(sent);
    const answer = (await control.take(1))[0];
    control.close();
    // A kernel with SCTP opens the stream port (0A), another refuses (FE).
    expect([0x0a, 0xfe]).toContain(answer);
    await expect
      .poll(() => run('vnetperf', network.fd, ['-c', '127.0.0.1', '-k', '1', '-i', '0']))
      .toMatchObject({ status: 0 });
  });

  it('serves others while three hundred connections say nothing', { timeout: 60_000 }, async () => {
    const before = resources(server.pid);
    const idle = await Promise.all(Array.from({ length: 300 }, () => connectIn(network.fd, 5201)));
    await expect.poll(() => resources(server.pid).descriptors).toBeGreaterThanOrEqual(before.descriptors + 300);
    await serves('-P', '4');
    await serves('-u');
    for (const connection of idle) connection.close();
    await expect.poll(() => resources(server.pid), { timeout: 5_000 }).toEqual(before);
  });

  it('serves others while more connect than it will listen to', { timeout: 60_000 }, async () => {
    const before = resources(server.pid);
    const idle: ScriptedConnection[] = [];
    for (let batch = 0; batch < 7; batch++) {
      idle.push(...(await Promise.all(Array.from({ length: 100 }, () => connectIn(network.fd, 5201)))));
    }
    await serves('-P', '4');
    // The oldest had to make room.
    expect(idle[0]?.ended).toBe(true);
    expect(idle.at(-1)?.ended).toBe(false);
    for (const connection of idle) connection.close();
    await expect.poll(() => resources(server.pid), { timeout: 5_000 }).toEqual(before);
  });

  it('has not fallen over in all of this', async () => {
    expect(server.running).toBe(true);
    expect(server.stderr).not.toMatch(/Error:|UnhandledPromise|\n {4}at /);
    await serves('-R');
  });
});
