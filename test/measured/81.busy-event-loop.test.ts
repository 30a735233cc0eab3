import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ClientRequest } from '../../lib/configuration/resolve-client.js';
import type { ServerRequest } from '../../lib/configuration/resolve-server.js';
import type { EndRecord, IntervalRecord } from '../../lib/traffic/events.js';
import { IperfProcess } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';

const root = process.getuid?.() === 0;
const PROGRAM = [process.execPath, fileURLToPath(new URL('../support/blocked-session.mjs', import.meta.url))];
const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;
const PORT = 5201;
const INTERVAL_SECONDS = 0.5;
/** A loop that decided would make them seconds late; a machine with something else to do makes them milliseconds late. */
const BOUNDARY_TOLERANCE_SECONDS = 0.05;
/** The last boundary is no tick: it is where the test ended, which an end with both cores full of traffic hears late. */
const END_TOLERANCE_SECONDS = 0.1;

interface Told {
  blockedMs: number;
  intervals: IntervalRecord[];
  end: EndRecord;
}

interface Block {
  blockAtMs: number;
  blockForMs: number;
}

/** Client and server in a process each; both event loops stand still at the same time. */
async function blocked(settings: ClientRequest['settings'], block: Block): Promise<{ client: Told; server: Told }> {
  using network = new LoopbackNamespace();
  const start = (role: 'client' | 'server', request: ClientRequest | ServerRequest) =>
    new IperfProcess(PROGRAM, network.fd, [LIBRARY, JSON.stringify({ role, request, ...block })]);
  const common = { port: PORT, intervalSeconds: INTERVAL_SECONDS };
  await using server = start('server', { ...common, oneOff: true });
  await server.listening(PORT);
  await using client = start('client', { ...common, host: '127.0.0.1', settings });
  const [asked, served] = await Promise.all([client.finished(), server.finished()]);
  expect(asked).toMatchObject({ status: 0, stderr: '' });
  expect(served).toMatchObject({ status: 0, stderr: '' });
  return { client: JSON.parse(asked.stdout), server: JSON.parse(served.stdout) };
}

/** Empty when every boundary stands where it should. */
function misplacedBoundaries({ intervals }: Told, durationSeconds: number): string[] {
  const count = durationSeconds / INTERVAL_SECONDS;
  return Array.from({ length: count }, (_, index) => {
    const due = (index + 1) * INTERVAL_SECONDS;
    const end = intervals[index]?.endSeconds ?? Number.NaN;
    const tolerance = index === count - 1 ? END_TOLERANCE_SECONDS : BOUNDARY_TOLERANCE_SECONDS;
    return Math.abs(end - due) < tolerance ? '' : `boundary at ${end} s, due at ${due} s`;
  }).filter((line) => line !== '');
}

function bytesOf({ intervals, end }: Told) {
  return end.streams.map(({ stream, local }, index) => ({
    id: stream.id,
    sender: stream.sender,
    inIntervals: intervals.reduce((bytes, { streams }) => bytes + (streams[index]?.bytes ?? 0), 0),
    inTotal: local.bytes,
  }));
}

describe.runIf(root)('an event loop that stands still for three seconds of five', () => {
  const settings = {
    tcp: { protocol: 'tcp', direction: 'bidirectional', durationSeconds: 5, rateBitsPerSecond: 100_000_000 },
    // Both cores full of traffic.
    flood: { protocol: 'tcp', direction: 'forward', durationSeconds: 5, rateBitsPerSecond: 0 },
    udp: {
      protocol: 'udp',
      direction: 'bidirectional',
      durationSeconds: 5,
      // So few that a socket's buffer holds a second of them: none is lost while a thread waits for a core.
      rateBitsPerSecond: 1_000_000,
      lengthBytes: 1400,
    },
  } as const;

  it.each([
    { name: 'tcp, in mid-test', settings: settings.tcp, block: { blockAtMs: 1_000, blockForMs: 3_000 } },
    { name: 'udp, in mid-test', settings: settings.udp, block: { blockAtMs: 1_000, blockForMs: 3_000 } },
    {
      name: 'tcp at full speed, in mid-test',
      settings: settings.flood,
      block: { blockAtMs: 1_000, blockForMs: 3_000 },
    },
    { name: 'tcp, beyond the end', settings: settings.tcp, block: { blockAtMs: 3_000, blockForMs: 3_000 } },
    { name: 'udp, beyond the end', settings: settings.udp, block: { blockAtMs: 3_000, blockForMs: 3_000 } },
  ])('moves no boundary and loses no byte, $name', async ({ settings, block }) => {
    const { client, server } = await blocked(settings, block);
    for (const told of [client, server]) {
      expect(told.blockedMs).toBeGreaterThanOrEqual(block.blockForMs);
      expect(misplacedBoundaries(told, settings.durationSeconds)).toEqual([]);
      expect(told.end.facts.mergedTicks).toBe(0);
      for (const { inIntervals, inTotal } of bytesOf(told)) expect(inIntervals).toBe(inTotal);
    }

    const sides = [bytesOf(client), bytesOf(server)];
    if (settings.rateBitsPerSecond > 0) {
      const expected = (settings.rateBitsPerSecond / 8) * settings.durationSeconds;
      // Three seconds without their bytes would be more than half.
      for (const stream of sides.flat()) expect(Math.abs(stream.inTotal / expected - 1)).toBeLessThan(0.1);
    }
    for (const [index, { sender, inTotal }] of bytesOf(client).entries()) {
      const there = sides[1]?.[index]?.inTotal ?? Number.NaN;
      const [sent, received] = sender ? [inTotal, there] : [there, inTotal];
      expect(received).toBeGreaterThan(0);
      expect(received).toBeLessThanOrEqual(sent);
    }
    // What the client sent had all arrived before the server was told of the end.
    expect(sides[1]?.[0]?.inTotal).toBe(sides[0]?.[0]?.inTotal);
  });
});
