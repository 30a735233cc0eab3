import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands, IperfProcess } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';

const WATCH = fileURLToPath(new URL('../support/memory-over-time.mjs', import.meta.url));
const [node = '', program = ''] = commands.vnetperf;
const PORT = 5201;
const MEBIBYTE = 1024 * 1024;
const SECONDS = 12;
/** At the end of the test. What the engine, the compiler and the first intervals need is there by then. */
const JUDGED_SECONDS = 9;
/** 32 streams a tenth of a second: an interval of these is 20 kB where it is kept. */
const STREAMS = ['-P', '32', '-b', '1M', '-i', '0.1', '-t', String(SECONDS)];
/** Less than ten of them. A run of that length has more than sixty, at each end. */
const KEPT_BYTES = 200_000;

interface Reading {
  seconds: number;
  heapBytes: number;
  residentBytes: number;
}

/** How much more there is in the last third than in the first, of the readings that are judged. */
function growth(readings: Reading[], figure: 'heapBytes' | 'residentBytes'): number {
  const last = readings.at(-1)?.seconds ?? 0;
  const judged = readings.filter(({ seconds }) => seconds > last - JUDGED_SECONDS);
  const figures = judged.map((reading) => reading[figure]);
  const third = Math.floor(figures.length / 3);
  expect(third).toBeGreaterThanOrEqual(3);
  const median = (some: number[]) => some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] as number;
  return median(figures.slice(-third)) - median(figures.slice(0, third));
}

describe.runIf(process.getuid?.() === 0)('memory over a test with many intervals', () => {
  let directory: string;
  let network: LoopbackNamespace;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'vnetperf-test-'));
    network = new LoopbackNamespace();
  });
  afterAll(() => {
    network[Symbol.dispose]();
    rmSync(directory, { recursive: true });
  });

  function watched(name: string, ...args: string[]) {
    const file = join(directory, name);
    const child = new IperfProcess([node, '--expose-gc', '--import', WATCH, program], network.fd, args, {
      env: { MEMORY_FILE: file },
    });
    return { child, readings: () => JSON.parse(readFileSync(file, 'utf8')) as Reading[] };
  }

  it('in text mode both ends of a run keep none of them', async () => {
    const { child, readings } = watched('run', 'run', 'loopback', ...STREAMS);
    await using _ = child;
    expect(await child.finished()).toMatchObject({ status: 0, stderr: '' });
    expect(growth(readings(), 'heapBytes')).toBeLessThan(KEPT_BYTES);
    expect(growth(readings(), 'residentBytes')).toBeLessThan(4 * MEBIBYTE);
  });

  it('in text mode neither client nor server keeps them', async () => {
    const server = watched('server', '-s', '-1', '-p', String(PORT), '-i', '0.1');
    await using serving = server.child;
    await serving.listening(PORT);
    const client = watched('client', '-c', '127.0.0.1', '-p', String(PORT), ...STREAMS);
    await using asking = client.child;
    expect(await asking.finished()).toMatchObject({ status: 0, stderr: '' });
    expect(await serving.finished()).toMatchObject({ status: 0, stderr: '' });
    for (const end of [client, server]) {
      expect(growth(end.readings(), 'heapBytes')).toBeLessThan(KEPT_BYTES);
      expect(growth(end.readings(), 'residentBytes')).toBeLessThan(4 * MEBIBYTE);
    }
  });

  it('a JSON document holds every one of them, and the readings show it', async () => {
    const { child, readings } = watched('json', 'run', 'loopback', ...STREAMS, '-J');
    await using _ = child;
    expect(await child.finished()).toMatchObject({ status: 0, stderr: '' });
    expect(growth(readings(), 'heapBytes')).toBeGreaterThan(2 * KEPT_BYTES);
  });
});
