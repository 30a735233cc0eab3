import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IperfReport, reportOf } from '../support/iperf-report.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { oneTest, pairings } from '../support/one-test.js';

const QUICK = ['-n', '40K', '-l', '1000', '-b', '8M'];

describe.runIf(process.getuid?.() === 0).each(pairings)('reports, $client to $server', (pairing) => {
  let loopback: LoopbackNamespace;
  beforeAll(() => {
    loopback = new LoopbackNamespace();
  });
  afterAll(() => loopback[Symbol.dispose]());

  async function both(clientArguments: readonly string[], serverArguments: readonly string[] = []) {
    const finished = await oneTest(loopback.fd, pairing, {
      clientArguments: [...QUICK, ...clientArguments],
      serverArguments,
    });
    expect(finished.client.stderr + finished.server.stderr).toBe('');
    expect([finished.client.status, finished.server.status]).toEqual([0, 0]);
    return finished;
  }

  it.each(['', '-R', '--bidir', '-P 2', '-u', '-u -R', '-u --bidir'])('text on both ends %s', async (options) => {
    const { client, server } = await both(options.split(' ').filter((option) => option !== ''));
    expect(client.stdout).toMatch(/^Connecting to host 127\.0\.0\.1, port 5201\n/);
    expect(client.stdout).toMatch(/\n\niperf Done\.\n$/);
    expect(server.stdout).toMatch(/Server listening on 5201/);
    expect(server.stdout).toMatch(/\nAccepted connection from 127\.0\.0\.1, port \d+\n/);
    for (const { stdout } of [client, server]) {
      expect(stdout).not.toMatch(/NaN|undefined|-nan|Infinity/);
      // One line of headings stands above the intervals and one above the sums.
      expect(stdout.match(/^\[ ID\]/gm)?.length).toBeGreaterThanOrEqual(2);
    }
  });

  it('--get-server-output of a text server', async () => {
    const { client } = await both(['--get-server-output']);
    const [, output] = client.stdout.split('\nServer output:\n');
    expect(output).toMatch(/^(-+\n.*\n-+\n)?Accepted connection from 127\.0\.0\.1, port \d+\n/);
    expect(output).toMatch(/\[ *\d+\] +0\.00-\d+\.\d\d +sec .* receiver\n/);
  });

  it('--get-server-output of a text server in JSON', async () => {
    const { client } = await both(['-J', '--get-server-output']);
    expect(reportOf(client).server_output_text).toMatch(/ receiver\n/);
  });

  it('--get-server-output of a JSON server', async () => {
    const { client, server } = await both(['-J', '--get-server-output'], ['-J']);
    const told = reportOf(client).server_output_json;
    expect(told?.end.sum_received.bytes).toBe(reportOf(server).end.sum_received.bytes);
    expect(told?.start.connected).toEqual(reportOf(server).start.connected);
    expect(told?.intervals).toEqual(reportOf(server).intervals);
  });

  it('--get-server-output of a JSON server in text', async () => {
    const { client, server } = await both(['--get-server-output'], ['-J']);
    const [, output] = client.stdout.split('\nServer JSON output:\n');
    const told = JSON.parse(output?.replace(/iperf Done\.\n$/, '') ?? '') as IperfReport;
    expect(told.end.sum_received).toEqual(reportOf(server).end.sum_received);
  });

  it('-T and --extra-data are in the documents', async () => {
    const { client, server } = await both(['-J', '-T', 'a title', '--extra-data', 'more "of" it'], ['-J']);
    expect(reportOf(client)).toMatchObject({ title: 'a title', extra_data: 'more "of" it' });
    expect(reportOf(server)).toMatchObject({ extra_data: 'more "of" it' });
  });

  it('-T stands before each line of the client', async () => {
    const { client } = await both(['-T', 'a title']);
    const lines = client.stdout.trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^a title: {2}/);
    expect(lines.length).toBeGreaterThan(6);
  });

  it('-V tells of the end of the test on both ends', async () => {
    const { client, server } = await both(['-V'], ['-V']);
    expect(client.stdout).toMatch(/CPU Utilization: local\/sender [\d.]+% .*, remote\/receiver [\d.]+%/);
    for (const { stdout } of [client, server]) {
      expect(stdout).toMatch(/Starting Test: protocol: TCP, 1 streams, 1000 byte blocks/);
      expect(stdout).toMatch(/\n(snd|rcv)_tcp_congestion \w+\n/);
    }
  });
});
