import { describe, it } from 'vitest';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { oneTest } from '../support/one-test.js';

interface Exchanged {
  streams: { id: number; bytes: number }[];
}

/** The JSON behind a line that is its name. */
function documentBehind(name: string, output: string): Exchanged | undefined {
  const text = new RegExp(`^${name}:?\n(\\{\n[^]*?^\\})$`, 'm').exec(output)?.[1];
  return text === undefined ? undefined : JSON.parse(text);
}

describe.runIf(process.getuid?.() === 0).concurrent('-d', () => {
  it.for([
    ['vnetperf', 'vnetperf'],
    ['vnetperf', 'iperf3'],
    ['iperf3', 'vnetperf'],
  ] as const)('shows what went over the control connection: %s to %s', async ([client, server], { expect }) => {
    using network = new LoopbackNamespace();
    // iperf3 has a line for each block.
    const clientArguments = ['-t', '1', '-b', '1M', '-d'];
    const ends = await oneTest(network.fd, { client, server }, { clientArguments, serverArguments: ['-d'] });
    expect([ends.client.status, ends.server.status]).toEqual([0, 0]);
    const parameters = documentBehind('send_parameters', ends.client.stdout);
    expect(parameters).toMatchObject({ tcp: true, time: 1, parallel: 1 });
    expect(documentBehind('get_parameters', ends.server.stdout)).toEqual(parameters);
    for (const [sender, receiver] of [
      [ends.client, ends.server],
      [ends.server, ends.client],
    ] as const) {
      const sent = documentBehind('send_results', sender.stdout);
      expect(sent).toMatchObject({ streams: [{ id: 1, bytes: expect.any(Number) }] });
      // iperf3 prints fewer digits of times than it sends.
      expect(documentBehind('get_results', receiver.stdout)?.streams).toMatchObject([
        { bytes: sent?.streams[0]?.bytes },
      ]);
    }
  });

  it('shows the sockets and the exact figures of each interval, and the report is as it is without', async ({
    expect,
  }) => {
    using network = new LoopbackNamespace();
    const clientArguments = ['-t', '1', '-i', '0.5', '-u', '-b', '1M', '-d'];
    const { client } = await oneTest(network.fd, { client: 'vnetperf', server: 'vnetperf' }, { clientArguments });
    expect(client.stdout).toMatch(/^SNDBUF is \d+, expecting 0$/m);
    expect(client.stdout).toMatch(/^RCVBUF is \d+, expecting 0$/m);
    expect(client.stdout).not.toContain('Congestion');
    const figures = client.stdout.match(/^\[ {2}5\] interval_len 0\.\d{6} bytes_transferred \d+ core \d+$/gm);
    expect(figures?.length).toBeGreaterThanOrEqual(2);
    expect(client.stdout).toMatch(/receiver\n\niperf Done\.\n$/);
  });

  it('stays out of a JSON document', async ({ expect }) => {
    using network = new LoopbackNamespace();
    const clientArguments = ['-t', '1', '-b', '1M', '-d', '-J'];
    const { client } = await oneTest(network.fd, { client: 'vnetperf', server: 'vnetperf' }, { clientArguments });
    expect(JSON.parse(client.stdout).end.sum_sent.bytes).toBeGreaterThan(0);
    expect(client.stderr).toContain('Debug output (-d) may interfere with JSON output (-J)');
    expect(documentBehind('send_parameters', client.stderr)).toMatchObject({ time: 1 });
    expect(client.stderr).toMatch(/^Congestion algorithm is \w+$/m);
  });
});
