import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forwardAmount, type IperfReport, reverseAmount } from '../support/iperf-report.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { oneTest, pairings } from '../support/one-test.js';
import { twoReports } from '../support/two-reports.js';

const MEBIBYTE = 1024 * 1024;

describe.runIf(process.getuid?.() === 0).each(pairings)('amounts and files, $client to $server', (pairing) => {
  let loopback: LoopbackNamespace;
  let directory: string;
  beforeAll(() => {
    loopback = new LoopbackNamespace();
    directory = mkdtempSync(join(tmpdir(), 'vnetperf-test-'));
  });
  afterAll(() => {
    loopback[Symbol.dispose]();
    rmSync(directory, { recursive: true });
  });

  const reports = (clientArguments: readonly string[], serverArguments: readonly string[] = []) =>
    twoReports(loopback.fd, pairing, { clientArguments, serverArguments });

  function expectExactly(bytes: number, { client, server }: { client: IperfReport; server: IperfReport }): void {
    const { sent, received, told } = forwardAmount(client, server);
    expect({ sent, received, told: told.client }).toEqual({ sent: bytes, received: bytes, told: bytes });
  }

  it('-n 1M moves 1048576 bytes', async () => {
    expectExactly(MEBIBYTE, await reports(['-n', '1M']));
  });

  it('-n 1M -P 4 is one amount for all streams', async () => {
    const both = await reports(['-n', '1M', '-P', '4', '-l', '16K']);
    const { sent, received } = forwardAmount(both.client, both.server);
    expect(received).toBe(sent);
    if (pairing.client === 'vnetperf') expect(sent).toBe(MEBIBYTE);
    // iperf3 looks at the amount once per round over its streams.
    else expect(sent - MEBIBYTE).toBeLessThan(4 * 10 * 16 * 1024);
  });

  it('-n 1M -R moves as much in the other direction', async () => {
    const { client, server } = await reports(['-n', '1M', '-R']);
    const { sent, received, told } = reverseAmount(client, server);
    expect({ sent, received, told: told.client }).toEqual({ sent: MEBIBYTE, received: MEBIBYTE, told: MEBIBYTE });
  });

  it('-k 10 moves ten blocks', async () => {
    expectExactly(10 * 131_072, await reports(['-k', '10']));
  });

  it('-k 10 -l 1K moves ten blocks of 1024 bytes', async () => {
    const both = await reports(['-k', '10', '-l', '1K']);
    expectExactly(10_240, both);
    for (const { start } of [both.client, both.server]) {
      expect(start.test_start).toMatchObject({ blksize: 1024, blocks: 10, bytes: 0, duration: 0 });
    }
  });

  it('-u -k 50 sends fifty datagrams, of the size that -l says', async () => {
    const both = await reports(['-u', '-k', '50', '-l', '700', '-b', '4M']);
    expectExactly(35_000, both);
    for (const { end } of [both.client, both.server]) {
      expect(end.streams[0]?.udp).toMatchObject({ packets: 50, lost_packets: 0, lost_percent: 0, out_of_order: 0 });
    }
  });

  it('-u -n 10000 sends the datagrams that hold as much', async () => {
    expectExactly(10_500, await reports(['-u', '-n', '10000', '-l', '700', '-b', '4M']));
  });

  it('-u without -l takes the size from the control connection', async () => {
    const { client, server } = await reports(['-u', '-k', '4', '-b', '40M']);
    expect([client, server].map(({ start }) => start.test_start.blksize)).toEqual([32_768, 32_768]);
  });

  it.each([
    { name: '-O 1', options: [] },
    { name: '-O 1 -R', options: ['-R'] },
    { name: '-O 1 -u', options: ['-u', '-l', '1000'] },
    { name: '-O 1 -u -R', options: ['-u', '-l', '1000', '-R'] },
  ])('$name leaves the first second out of the totals', async ({ options }) => {
    const rate = 8_000_000;
    const { client, server } = await reports(['-O', '1', '-t', '1', '-b', String(rate), '-l', '1000', ...options]);
    const { sent, received } = options.includes('-R') ? reverseAmount(client, server) : forwardAmount(client, server);
    // Each side's own clock says when its second ends: they differ by the time that messages take, and by a block.
    const quarterSecond = rate / 8 / 4;
    expect(Math.abs(sent - rate / 8)).toBeLessThan(quarterSecond);
    expect(Math.abs(received - rate / 8)).toBeLessThan(quarterSecond);
    for (const { intervals, start } of [client, server]) {
      expect(start.test_start).toMatchObject({ omit: 1, duration: 1 });
      expect(intervals.filter(({ sum }) => sum.omitted)).toHaveLength(1);
      expect(intervals.filter(({ sum }) => !sum.omitted).length).toBeGreaterThan(0);
    }
    const ours = pairing.client === 'vnetperf' ? client : server;
    if (options.includes('-u')) expect(ours.end.streams[0]?.udp?.lost_packets).toBe(0);
  });

  describe('-F', () => {
    const contents = randomBytes(3_000_001);
    const checksum = sha256(contents);
    function files(): { from: string; to: string } {
      const from = join(directory, 'from');
      const to = join(directory, 'to');
      writeFileSync(from, contents);
      rmSync(to, { force: true });
      return { from, to };
    }

    it('sends a file to its end, and the server writes it', async () => {
      const { from, to } = files();
      const both = await reports(['-F', from], ['-F', to]);
      expectExactly(contents.length, both);
      expect(sha256(readFileSync(to))).toBe(checksum);
      expect(both.client.end.streams[0]?.diskfile).toMatchObject({ sent: contents.length, size: contents.length });
      expect(both.server.end.streams[0]?.diskfile).toMatchObject({ received: contents.length, size: contents.length });
    });

    it('-R fetches one', async () => {
      const { from, to } = files();
      const { client, server } = await reports(['-R', '-n', String(contents.length), '-F', to], ['-F', from]);
      expect(reverseAmount(client, server)).toMatchObject({ sent: contents.length, received: contents.length });
      expect(sha256(readFileSync(to))).toBe(checksum);
    });

    // iperf3 reads the file's next block into the pages that the last sendfile() has not delivered yet.
    if (pairing.client === 'vnetperf') {
      it('-Z sends it by sendfile()', async () => {
        const { from, to } = files();
        expectExactly(contents.length, await reports(['-Z', '-F', from], ['-F', to]));
        expect(sha256(readFileSync(to))).toBe(checksum);
      });
    }

    it('of a file that is not there is an error that names it', async () => {
      const missing = join(directory, 'missing');
      const { client, server } = await oneTest(loopback.fd, pairing, {
        clientArguments: ['-F', missing],
        serverArguments: ['--idle-timeout', '1'],
      });
      expect([client.status, server.status]).toEqual([1, 0]);
      expect(client.stderr).toMatch(/unable to open -F file.*No such file or directory|parameter error/);
    });
  });
});

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
