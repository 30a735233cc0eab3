import { describe, expect, it } from 'vitest';
import { IperfProcess, startServer } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { oneTest } from '../support/one-test.js';

const root = process.getuid?.() === 0;
const OURS = { client: 'vnetperf', server: 'vnetperf' } as const;
const MEBIBYTE = 1_048_576;
const TRIES = 4;

interface Half {
  bytes: number;
  seconds: number;
  packets: number;
}

/** What both ends say when they are done. */
interface Report {
  intervals: { sum: { start: number; end: number; bytes: number; omitted: boolean } }[];
  end: Record<'sum_sent' | 'sum_received' | 'sum_sent_bidir_reverse' | 'sum_received_bidir_reverse', Half>;
}

async function measured(...clientArguments: string[]): Promise<{ client: Report; server: Report }> {
  using network = new LoopbackNamespace();
  const { client, server } = await oneTest(network.fd, OURS, {
    clientArguments: [...clientArguments, '-J'],
    serverArguments: ['-J'],
  });
  expect(client).toMatchObject({ status: 0, stderr: '' });
  return { client: JSON.parse(client.stdout), server: JSON.parse(server.stdout) };
}

/** What was sent beside what arrived, in each direction that there is. */
function moved({ end }: Report, unit: 'bytes' | 'packets'): number[][] {
  const directions = [[end.sum_sent, end.sum_received]];
  if (end.sum_sent_bidir_reverse) directions.push([end.sum_sent_bidir_reverse, end.sum_received_bidir_reverse]);
  return directions.map((halves) => halves.map((half) => half[unit]));
}

/** An option line as it would be typed. */
function words(options: string): string[] {
  return options.split(' ');
}

function lastEnd({ intervals }: Report): number {
  return intervals.at(-1)?.sum.end ?? Number.NaN;
}

describe.runIf(root).concurrent('-n ends at that byte', () => {
  it('and reports the time that these bytes took, not the next tick', async () => {
    const { client, server } = await measured('-n', '1M');
    expect(moved(client, 'bytes')).toEqual([[MEBIBYTE, MEBIBYTE]]);
    expect(server.end.sum_received.bytes).toBe(MEBIBYTE);
    for (const report of [client, server]) {
      expect(report.intervals).toHaveLength(1);
      expect(lastEnd(report)).toBeGreaterThan(0);
      expect(lastEnd(report)).toBeLessThan(0.5);
    }
    expect(client.end.sum_sent.seconds).toBe(lastEnd(client));
  });

  it('at a known rate: the last byte leaves when all before it have had their time', async () => {
    // 8 blocks of 128 KiB at 8 Mbit/s, in parts of a segment: the last is due a few milliseconds before the second is over.
    const { client } = await measured('-n', '1M', '-b', '8388608');
    expect(client.end.sum_sent.seconds).toBeGreaterThan(0.9);
    expect(client.end.sum_sent.seconds).toBeLessThan(1.03);
  });

  // The last: no multiple of the block, nor of the streams.
  it.each(['-P 4', '-R', '-R -P 4', '-Z', '--skip-rx-copy -R', '-P 3 -l 10000'])('with %s', async (options) => {
    const { client } = await measured('-n', '1M', '-i', '0.2', ...words(options));
    expect(moved(client, 'bytes')).toEqual([[MEBIBYTE, MEBIBYTE]]);
    expect(client.end.sum_sent.seconds).toBeLessThan(1);
  });

  it('with --bidir: one direction stands there, whichever is first', async () => {
    const { client } = await measured('-n', '1M', '-P', '2', '--bidir');
    const { sum_sent: sent, sum_received_bidir_reverse: received } = client.end;
    expect(Math.max(sent.bytes, received.bytes)).toBe(MEBIBYTE);
    for (const [left, arrived] of moved(client, 'bytes')) expect(arrived).toBeLessThanOrEqual(left ?? Number.NaN);
  });

  it.each(['-P 1', '-R', '-P 4'])('with -u, in whole datagrams, %s', async (options) => {
    const { client } = await measured('-u', '-b', '50M', '-l', '1000', '-n', '1M', '-i', '0.2', ...words(options));
    const whole = Math.ceil(MEBIBYTE / 1000);
    expect(moved(client, 'packets')).toEqual([[whole, whole]]);
    expect(moved(client, 'bytes')).toEqual([[whole * 1000, whole * 1000]]);
  });

  it('of one byte', async () => {
    const { client } = await measured('-n', '1');
    expect(moved(client, 'bytes')).toEqual([[1, 1]]);
  });
});

describe.runIf(root).concurrent('-k ends at that block', () => {
  it('without any interval too', async () => {
    const { client, server } = await measured('-k', '5', '-i', '0');
    expect(moved(client, 'bytes')).toEqual([[5 * 131_072, 5 * 131_072]]);
    expect(server.end.sum_received.bytes).toBe(5 * 131_072);
    expect(client.intervals).toHaveLength(1);
  });

  it.each(['-P 4', '-R'])('with %s', async (options) => {
    const { client } = await measured('-k', '50', '-l', '10K', ...words(options));
    expect(moved(client, 'bytes')).toEqual([[512_000, 512_000]]);
  });

  it.each(['-i 0', '-i 0 -R', '-P 4', '--gsro'])('of datagrams with %s', async (options) => {
    const { client } = await measured('-u', '-b', '20M', '-l', '1000', '-k', '333', ...words(options));
    expect(moved(client, 'packets')).toEqual([[333, 333]]);
  });
});

/** Each end leaves the omit period by its own clock, so that only who sends can say what exactly came after it. */
describe.runIf(root).concurrent('after an omit period', () => {
  it.each(['-n 1M', '-k 8', '-n 1M -P 4'])('%s is exact', async (options) => {
    const { client } = await measured('-O', '1', '-b', '200M', ...words(options));
    expect(client.end.sum_sent.bytes).toBe(MEBIBYTE);
    const counted = client.intervals.filter(({ sum }) => !sum.omitted);
    expect(counted.reduce((bytes, { sum }) => bytes + sum.bytes, 0)).toBe(MEBIBYTE);
    expect(client.end.sum_sent.seconds).toBeLessThan(0.5);
  });

  it('-k of datagrams is exact', async () => {
    const { client } = await measured('-O', '1', '-u', '-b', '20M', '-l', '1000', '-k', '333');
    expect(client.end.sum_sent.packets).toBe(333);
  });
});

describe.runIf(root)('-t ends at that moment', () => {
  // A machine that takes the core away at that moment makes one late; an end of ours that comes late does so in each try.
  it.each(['-P 1', '-R', '--bidir', '-P 4', '-u -b 50M', '-u -R', '-O 1', '-i 0'])(
    'within 5 ms by the report, %s',
    async (options) => {
      let leastOff = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < TRIES && leastOff >= 0.005; attempt++) {
        const { client, server } = await measured('-t', '1', '-b', '200M', ...words(options));
        const { sum_sent: sent, sum_received: received } = client.end;
        const ends = [lastEnd(client), sent.seconds, received.seconds, lastEnd(server)];
        leastOff = Math.min(leastOff, Math.max(...ends.map((seconds) => Math.abs(seconds - 1))));
      }
      expect(leastOff).toBeLessThan(0.005);
    },
    30_000,
  );

  /**
   * From the event that all streams stand, which is printed just before the traffic begins, until the process is gone:
   * what is over one second was spent on the exchange of results, the goodbye, and the end of the process. A machine that
   * is busy with something else makes it longer, so the least of some tries counts; a wait of ours would be in each.
   */
  it.each(['-P 1', '-R', '-u', '--bidir -P 4'])(
    'within 150 ms by the clock on the wall, %s',
    async (options) => {
      let leastBeyondMs = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < TRIES && leastBeyondMs >= 150; attempt++) {
        const beyondMs = (await millisecondsFromStartToExit(words(options))) - 1_000;
        expect(beyondMs).toBeGreaterThan(-20);
        leastBeyondMs = Math.min(leastBeyondMs, beyondMs);
      }
      expect(leastBeyondMs).toBeLessThan(150);
    },
    30_000,
  );
});

async function millisecondsFromStartToExit(options: string[]): Promise<number> {
  using network = new LoopbackNamespace();
  await using server = await startServer('vnetperf', network.fd, ['-1']);
  const args = ['-c', '127.0.0.1', '-t', '1', '-b', '50M', '--json-stream', ...options];
  await using client = new IperfProcess('vnetperf', network.fd, args);
  const deadline = performance.now() + 5_000;
  while (!client.stdout.includes('{"event":"start"') && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const start = performance.now();
  expect(await client.finished()).toMatchObject({ status: 0 });
  const milliseconds = performance.now() - start;
  await server.finished();
  return milliseconds;
}
