import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { StreamFacts, VnetperfFacts } from '../../lib/traffic/events.js';
import { commands } from '../support/iperf-process.js';

const [node = '', program = ''] = commands.vnetperf;
/** What it says on stderr belongs to the error when it fails, and to nobody when it does not. */
const PIPED: ExecFileSyncOptionsWithStringEncoding = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
const SECONDS = 2;
/**
 * Of several runs the best is judged: a shared machine stalls a core for a tenth of a second now and then, and what is
 * missed at the end of a test nobody can make up for. A sender that paces wrongly does so in every run.
 */
const TRIES = 4;
const DATAGRAM_BYTES = 1448;
/** Of a rate that brings less than a datagram a second: the least that a datagram may have. */
const SMALL_BYTES = 16;
/** Of the whole test. */
const SHARE_OFF = 0.001;
/** How late what is counted at the end of a second may be taken. */
const SAMPLED_LATE_SECONDS = 0.005;
/** What a path carries that is asked for 10 Gbit/s. */
const CARRIED = 20e9;

interface Document {
  intervals: { sum: { bytes: number } }[];
  end: { sum_sent: { bytes: number; seconds: number } };
  vnetperf: VnetperfFacts;
}

function measured(seconds: number, ...options: string[]): Document {
  const args = [program, 'run', 'veth', '-C', 'cubic', '-J', '-t', String(seconds), ...options];
  return JSON.parse(execFileSync(node, args, { ...PIPED, timeout: 30_000, maxBuffer: 1 << 26 }));
}

/** What a run may be off by: a share of its bytes, or the one block that is due or not at its end. */
interface Off {
  /** In the second in which it was most. */
  inASecond: number;
  onTheWhole: number;
}

function allowed(bitsPerSecond: number, blockBytes: number): Off {
  const aSecond = bitsPerSecond / 8;
  return {
    // A block may fall on either side of a boundary.
    inASecond: Math.max(aSecond * SAMPLED_LATE_SECONDS, blockBytes) + blockBytes,
    onTheWhole: Math.max(aSecond * SECONDS * SHARE_OFF, blockBytes),
  };
}

/** How far the first of the tries that kept within what is allowed was off, or the last of them. */
function off(bitsPerSecond: number, most: Off, options: readonly string[]): Off {
  for (let attempt = 1; ; attempt++) {
    const { intervals, end } = measured(SECONDS, '-b', String(bitsPerSecond), ...options);
    const wanted = bitsPerSecond / 8;
    const inASecond = Math.max(...intervals.slice(0, SECONDS).map(({ sum }) => Math.abs(sum.bytes - wanted)));
    const onTheWhole = Math.abs(end.sum_sent.bytes - wanted * SECONDS);
    if (attempt === TRIES || (inASecond <= most.inASecond && onTheWhole <= most.onTheWhole)) {
      return { inASecond, onTheWhole };
    }
  }
}

function cpuShare({ cpu }: StreamFacts, seconds: number): number {
  return (cpu.userSeconds + cpu.systemSeconds) / seconds;
}

const UDP = ['-u', '-l', String(DATAGRAM_BYTES)];
const SMALL_UDP = ['-u', '-l', String(SMALL_BYTES)];
const SMALL_TCP = ['-l', String(SMALL_BYTES)];
const SPLICE = ['--send-path', 'splice', '--receive-path', 'discard'];
const SEGMENTS = [...UDP, '--gso', '--gro'];
/**
 * Blocks of a byte stream leave in parts of a segment, or of what a tenth of a second brings. Not here: datagrams one
 * by one at 10 Gbit/s, which no core sends.
 */
const WAYS: { way: string; options: readonly string[]; rates: number[]; blockBytes: number }[] = [
  { way: 'TCP in small blocks', options: SMALL_TCP, rates: [10e3], blockBytes: SMALL_BYTES },
  { way: 'TCP', options: [], rates: [1e6, 100e6, 1e9, 10e9], blockBytes: DATAGRAM_BYTES },
  { way: 'TCP, in reverse', options: ['-R'], rates: [1e9], blockBytes: DATAGRAM_BYTES },
  { way: 'TCP by splice', options: SPLICE, rates: [10e9], blockBytes: DATAGRAM_BYTES },
  { way: 'TCP by splice, in tenths of a second', options: SPLICE, rates: [10e3], blockBytes: 10e3 / 8 / 10 },
  { way: 'UDP in small datagrams', options: SMALL_UDP, rates: [10e3], blockBytes: SMALL_BYTES },
  { way: 'UDP', options: UDP, rates: [1e6, 100e6, 1e9], blockBytes: DATAGRAM_BYTES },
  { way: 'UDP, in reverse', options: [...UDP, '-R'], rates: [100e6], blockBytes: DATAGRAM_BYTES },
  { way: 'UDP in segments', options: SEGMENTS, rates: [1e9, 10e9], blockBytes: DATAGRAM_BYTES },
];

describe.runIf(process.getuid?.() === 0)('a rate is kept', () => {
  describe.each(WAYS)('$way', ({ options, rates, blockBytes }) => {
    it.each(rates)('%d bit/s', { timeout: 120_000 }, (bitsPerSecond) => {
      const most = allowed(bitsPerSecond, blockBytes);
      const { inASecond, onTheWhole } = off(bitsPerSecond, most, options);
      expect(inASecond).toBeLessThanOrEqual(most.inASecond);
      expect(onTheWhole).toBeLessThanOrEqual(most.onTheWhole);
    });
  });

  // Up to 80 % of what the path carries, on a machine that is shared to half of it.
  it.each([
    { way: 'TCP by splice', options: SPLICE },
    { way: 'UDP in segments', options: [...SEGMENTS, '-b', '0'] },
  ])('$way carries twice the highest of them', { timeout: 120_000 }, ({ options }) => {
    let most = 0;
    for (let attempt = 0; attempt < TRIES && most < CARRIED; attempt++) {
      const { bytes, seconds } = measured(1, ...options).end.sum_sent;
      most = Math.max(most, (8 * bytes) / seconds);
    }
    expect(most).toBeGreaterThanOrEqual(CARRIED);
  });

  it.each([
    { protocol: 'blocks', options: [] },
    { protocol: 'datagrams', options: UDP },
  ])(
    '10 Mbit/s of $protocol take less than a twentieth of a core at either end',
    { timeout: 120_000 },
    ({ options }) => {
      let least = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < TRIES && least >= 0.05; attempt++) {
        const { vnetperf } = measured(1, '-b', '10M', ...options);
        const ends = [...vnetperf.streams, ...(vnetperf.peer?.streams ?? [])];
        expect(ends).toHaveLength(2);
        least = Math.min(least, Math.max(...ends.map((end) => cpuShare(end, 1))));
      }
      expect(least).toBeLessThan(0.05);
    },
  );

  it('datagrams leave evenly, also where they might leave in segments', { timeout: 120_000 }, () => {
    const evenMicroseconds = (8 * DATAGRAM_BYTES * 1e6) / 1e6;
    for (const offload of [[], ['--gso', '--gro']]) {
      let least = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < TRIES && least > evenMicroseconds / 10; attempt++) {
        const [stream] = measured(1, '-b', '1M', ...UDP, ...offload).vnetperf.streams;
        least = Math.min(least, Math.abs((stream?.gaps?.medianMicroseconds ?? 0) - evenMicroseconds));
      }
      expect(least).toBeLessThanOrEqual(evenMicroseconds / 10);
    }
  });
});
