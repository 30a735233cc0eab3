import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VnetperfFacts } from '../../lib/traffic/events.js';
import { run } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { oneTest } from '../support/one-test.js';

const root = process.getuid?.() === 0;

interface Report {
  end: { sum_received: { bytes: number } };
  vnetperf: VnetperfFacts;
}

const AMOUNT = ['-n', '64M'];

describe.runIf(root)('paths', () => {
  let loopback: LoopbackNamespace;
  beforeAll(() => {
    loopback = new LoopbackNamespace();
  });
  afterAll(() => loopback[Symbol.dispose]());

  const both = { client: 'vnetperf', server: 'vnetperf' } as const;
  const toIperf3 = { client: 'vnetperf', server: 'iperf3' } as const;

  function waysOf(facts: VnetperfFacts): Record<string, string | undefined> {
    const streams = [...facts.streams, ...(facts.peer?.streams ?? [])];
    return Object.fromEntries(streams.map(({ role, path }) => [role, path]));
  }

  it.each([
    ['splice', 'discard'],
    ['sendfile', 'mmap'],
    ['zerocopy', 'copy'],
    ['copy', 'copy'],
  ])('run by %s and %s says so, and what it cost', async (send, receive) => {
    const words = ['run', 'veth', ...AMOUNT, '--send-path', send, '--receive-path', receive];
    const { status, stdout, stderr } = await run('vnetperf', loopback.fd, [...words, '-J']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { vnetperf, end } = JSON.parse(stdout) as Report;
    expect(end.sum_received.bytes).toBe(64 * 1024 * 1024);
    expect(waysOf(vnetperf)).toEqual({ sender: send, receiver: receive });
    for (const { calls, bytesByCore, pathReason } of [...vnetperf.streams, ...(vnetperf.peer?.streams ?? [])]) {
      expect(bytesByCore.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(64 * 1024 * 1024);
      expect(calls).toBeGreaterThan(10);
      expect(pathReason).toBeUndefined();
    }
    const zeroCopy = vnetperf.streams[0]?.zeroCopy;
    if (send === 'zerocopy') {
      expect(zeroCopy!.zeroCopiedBytes + zeroCopy!.copiedBytes).toBeLessThanOrEqual(64 * 1024 * 1024);
    } else expect(zeroCopy).toBeUndefined();
  });

  it('auto says in a line what it took and why, and the costs stand below', async () => {
    const words = ['run', 'veth', ...AMOUNT, '--send-path', 'auto', '--receive-path', 'auto'];
    const { status, stdout, stderr } = await run('vnetperf', loopback.fd, words);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(
      '\nsend path splice: the pages are handed over, not copied; ' +
        'receive path discard: the kernel drops what came, not copied\n',
    );
    expect(stdout).toMatch(/^cost client {2}\d+ calls\/GB +[\d.]+ [kM]B\/call +[\d.]+ CPU s\/GB/m);
    expect(stdout).toMatch(/^cost server {2}\d+ calls\/GB/m);
  });

  it('MSG_ZEROCOPY that the kernel copied after all is called that', async () => {
    const { stdout } = await run('vnetperf', loopback.fd, ['run', 'veth', ...AMOUNT, '--send-path', 'zerocopy']);
    expect(stdout).toMatch(/^send path zerocopy: the kernel copied all of it after all/m);
  });

  it.each([
    [['-R', '--send-path', 'splice'], { sender: 'splice', receiver: 'copy' }],
    [['-R', '--send-path', 'auto', '--receive-path', 'auto'], { sender: 'splice', receiver: 'discard' }],
    [['--receive-path', 'mmap'], { sender: 'copy', receiver: 'mmap' }],
  ])('a server does what its client asks: %j', async (options, expected) => {
    const { client, server } = await oneTest(loopback.fd, both, {
      clientArguments: [...options, ...AMOUNT, '-J'],
      serverArguments: ['-J'],
    });
    expect({ status: client.status, stderr: client.stderr }).toEqual({ status: 0, stderr: '' });
    expect(waysOf((JSON.parse(client.stdout) as Report).vnetperf)).toEqual(expected);
    const own = (JSON.parse(server.stdout) as Report).vnetperf.streams[0];
    expect(own?.path).toBe(expected[own?.role ?? 'sender']);
  });

  it('a server that cannot says so, and the client passes it on', async () => {
    const { client, server } = await oneTest(loopback.fd, both, {
      clientArguments: ['--receive-path', 'discard', ...AMOUNT],
      serverArguments: ['-F', '/dev/null'],
    });
    expect(client.status).toBe(0);
    expect(client.stderr).toBe(
      'warning: the server received by copy, not by discard: what comes is written to a file\n',
    );
    expect(server.stderr).toBe(
      'warning: receive path discard is not used here, copy is: what comes is written to a file\n',
    );
  });

  it('an iperf3 server takes its nearest, and that it does not tell is said', async () => {
    const { client } = await oneTest(loopback.fd, toIperf3, {
      clientArguments: ['-R', '--send-path', 'splice', '-t', '1'],
    });
    expect(client.status).toBe(0);
    expect(client.stderr).toBe(
      'warning: the server does not say how it sent: it was asked for sendfile, which is all that iperf3 has beside copy\n',
    );
    const { client: plain } = await oneTest(loopback.fd, toIperf3, { clientArguments: ['-R', '-Z', '-t', '1'] });
    expect({ status: plain.status, stderr: plain.stderr }).toEqual({ status: 0, stderr: '' });
    expect(plain.stdout).not.toContain('path');
  });

  it('--batch reaches both ends, and a datagram is a packet without --gso', async () => {
    const { client } = await oneTest(loopback.fd, both, {
      clientArguments: ['-u', '--batch', '16', '-l', '1000', '-b', '400M', '-t', '1', '-J'],
    });
    expect(client.status).toBe(0);
    const { vnetperf } = JSON.parse(client.stdout) as Report;
    const [sender, receiver] = [vnetperf.streams[0], vnetperf.peer?.streams[0]];
    const datagrams = (sender?.bytesByCore.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0) / 1000;
    expect(sender?.packets).toBe(datagrams);
    expect(sender?.calls).toBeGreaterThanOrEqual(datagrams / 16);
    expect(receiver?.packets).toBeGreaterThan(0);
    expect(receiver?.packets).toBeLessThanOrEqual(datagrams);
    expect(sender?.gaps?.count).toBeGreaterThan(0);
  });

  it('-Z with UDP is taken as iperf3 takes it, and does nothing', async () => {
    const { client } = await oneTest(loopback.fd, both, { clientArguments: ['-u', '-Z', '-b', '10M', '-t', '1'] });
    expect(client.status).toBe(0);
    expect(client.stderr).toBe('warning: send path sendfile is not used here, copy is: UDP always copies\n');
  });
});
