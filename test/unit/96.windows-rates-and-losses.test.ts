import { describe, expect, it } from 'vitest';
import { limitsOf } from '../../lib/compare/limits/limits.js';
import { defaultSettings, type TestSettings } from '../../lib/configuration/settings.js';
import {
  BYTES,
  carrier,
  core,
  direction,
  interval,
  measured,
  receiver,
  stream,
} from '../support/limited-measurement.js';

type Figures = Parameters<typeof measured>[0];

function limits(change: Figures = {}, settings: Partial<TestSettings> = {}) {
  return limitsOf(measured(change), { ...defaultSettings(), ...settings });
}

function texts(change: Figures = {}, settings: Partial<TestSettings> = {}): string[] {
  return limits(change, settings).map(({ text }) => text);
}

const full = { user: 1, system: 66, softirq: 32 };
/** Workers that used what their cores show. */
const busySender = stream({ cpuPercent: 66 });

describe("TCP's windows", () => {
  const heldUp = (receiveWindowLimitedSeconds: number, sendBufferLimitedSeconds: number) => [
    stream({}, { busySeconds: 10, receiveWindowLimitedSeconds, sendBufferLimitedSeconds }),
    receiver(),
  ];

  it('limit for the share of the time in which the kernel says they did', () => {
    expect(limits({ streams: heldUp(4, 0.2) })).toEqual([
      {
        kind: 'receive-window',
        text: 'receive window, 40 % of the time',
        evidence: { percentOfTime: 40, receiveWindowLimitedSeconds: 4, busySeconds: 10 },
      },
    ]);
  });

  it.each([
    [6, 2, ['receive window, 60 % of the time', 'send buffer, 20 % of the time']],
    [2, 6, ['send buffer, 60 % of the time', 'receive window, 20 % of the time']],
    [0.99, 0.99, []],
  ])('of %d and %d seconds give %j', (window, buffer, expected) => {
    expect(texts({ streams: heldUp(window, buffer) })).toEqual(expected);
  });

  it('come after a core: who has no CPU shuts his window', () => {
    const streams = [...heldUp(6, 0).slice(0, 1), receiver({ cpuPercent: 98 })];
    expect(texts({ streams, cores: [core(0, { system: 20 }), core(1, { system: 98 })] })).toEqual([
      'core 1 saturated (98 % system)',
      'receive window, 60 % of the time',
    ]);
  });

  it('are summed over streams, and only over those that tell', () => {
    const streams = [
      stream({}, { busySeconds: 10, receiveWindowLimitedSeconds: 8 }),
      stream({ id: 3 }, { busySeconds: 10, receiveWindowLimitedSeconds: 0 }),
      stream({ id: 4 }, { busySeconds: undefined }),
    ];
    expect(texts({ streams })).toEqual(['receive window, 40 % of the time']);
    expect(texts({ streams: [stream({}, { busySeconds: undefined })] })).toEqual([]);
  });

  it('are each of its direction where there are two', () => {
    const directions = [direction(), direction({ from: 'server' })];
    const streams = [
      ...heldUp(5, 0),
      stream({ id: 3, end: 'server', bytesByCore: [{ core: 1, bytes: BYTES }] }),
      receiver({ id: 3, end: 'client', bytesByCore: [{ core: 0, bytes: BYTES }] }),
    ];
    expect(texts({ directions, streams }, { direction: 'bidirectional' })).toEqual([
      'client to server: receive window, 50 % of the time',
    ]);
  });
});

describe('retransmits', () => {
  const segments = BYTES / 1448;
  const sentAgain = (share: number) => [direction({ retransmits: share * segments })];

  it('limit from a thousandth of the segments on', () => {
    expect(texts({ directions: sentAgain(0.000_99) })).toEqual([]);
    const [limit] = limits({ directions: sentAgain(0.012) });
    expect(limit).toMatchObject({ kind: 'retransmits', text: 'retransmits, 1.2 % of segments' });
    expect(limit?.evidence.retransmittedPercent).toBeCloseTo(1.2, 9);
    expect(limit?.evidence).toMatchObject({ segments, mssBytes: 1448, reorderings: 0 });
  });

  it('of segments that overtook each other are reordering', () => {
    expect(limits({ directions: sentAgain(0.012), streams: [stream({}, { reorderSeen: 400 }), receiver()] })).toEqual([
      expect.objectContaining({
        kind: 'reordering',
        text: 'reordering, seen 400 times; retransmits, 1.2 % of segments',
      }),
    ]);
  });

  it('are losses where few of them overtook each other', () => {
    const streams = [stream({}, { reorderSeen: 200 }), receiver()];
    expect(limits({ directions: sentAgain(0.012), streams })).toMatchObject([
      { kind: 'retransmits', evidence: { reorderings: 200 } },
    ]);
  });

  it('are no share of segments whose size is not known', () => {
    expect(texts({ directions: sentAgain(0.5), streams: [stream({ mssBytes: undefined }), receiver()] })).toEqual([]);
  });
});

describe('the congestion window', () => {
  // 125 MB/s over 400 µs are 50 kB in flight.
  const windows = (bytes: number) => ({ intervals: [interval(bytes, 400)] });

  it('limits where what is in flight fills it', () => {
    const [limit] = limits(windows(52_000));
    expect(limit).toMatchObject({ kind: 'congestion-window', text: 'congestion window, 52 kB in 400 µs' });
    expect(limit?.evidence).toMatchObject({ congestionWindowBytes: 52_000, rttMicroseconds: 400, streams: 1 });
    expect(limit?.evidence.inFlightBytes).toBeCloseTo(50_000, 3);
  });

  it.each([
    ['there is room in it', windows(70_000)],
    ['its samples cannot be right', windows(30_000)],
    ['a core has no time left', { ...windows(52_000), cores: [core(0, full)], streams: [busySender, receiver()] }],
    [
      'the other windows are shut for longer',
      { ...windows(52_000), streams: [stream({}, { busySeconds: 10, sendBufferLimitedSeconds: 6 }), receiver()] },
    ],
    ['the kernel does not tell', { ...windows(52_000), streams: [stream({}, { busySeconds: undefined }), receiver()] }],
  ])('does not where %s', (_, figures) => {
    expect(limits(figures).map(({ kind }) => kind)).not.toContain('congestion-window');
  });

  it('at its widest stands for samples that were not had', () => {
    const tcp = { maxCongestionWindowBytes: 52_000, meanRttMicroseconds: 400 };
    expect(texts({ streams: [stream({}, tcp), receiver()] })).toEqual(['congestion window, 52 kB in 400 µs']);
  });

  it('comes after the losses that keep it small', () => {
    const directions = [direction({ retransmits: 0.01 * (BYTES / 1448) })];
    expect(texts({ directions, ...windows(52_000) })).toEqual([
      'retransmits, 1.0 % of segments',
      'congestion window, 52 kB in 400 µs',
    ]);
  });
});

describe('pacing', () => {
  const paced = [stream({ paced: true, congestion: 'bbr' }), receiver()];

  it('limits where the kernel spaced the packets and the cores were idle', () => {
    expect(limits({ streams: paced })).toEqual([
      { kind: 'pacing', text: 'pacing by bbr', evidence: { pacedStreams: 1, busiestCorePercent: 20 } },
    ]);
  });

  it.each([
    ['a core had no time left', { cores: [core(0, full)], streams: [{ ...busySender, paced: true }, receiver()] }],
    [
      'a window was shut for most of the time',
      {
        streams: [
          stream({ paced: true, congestion: 'bbr' }, { busySeconds: 10, receiveWindowLimitedSeconds: 6 }),
          receiver(),
        ],
      },
    ],
    ['a switch had no time left', { carriers: [carrier(100)], streams: paced }],
  ])('does not where %s', (_, figures) => {
    expect(limits(figures).map(({ kind }) => kind)).not.toContain('pacing');
  });

  it('that was asked for is named by its rate, where it was reached', () => {
    const settings = { fqRateBitsPerSecond: 1e9 };
    expect(limits({ streams: paced }, settings)).toEqual([
      {
        kind: 'pacing',
        text: 'pacing at the asked 1 Gbit/s',
        evidence: { pacedBitsPerSecond: 1e9, bitsPerSecond: 1e9 },
      },
    ]);
    expect(texts({ streams: paced }, { fqRateBitsPerSecond: 1.2e9 })).toEqual([]);
    expect(texts({ streams: paced }, { fqRateBitsPerSecond: 0.5e9 })).toEqual([]);
  });
});

describe('the rate that was asked for', () => {
  it('is the only limit where it arrived', () => {
    const figures = { cores: [core(0, full)], streams: [busySender, receiver()] };
    expect(limits(figures, { rateBitsPerSecond: 1.015e9 })).toEqual([
      {
        kind: 'asked-rate',
        text: 'the asked rate of 1.01 Gbit/s',
        evidence: { askedBitsPerSecond: 1.015e9, sentBitsPerSecond: 1e9 },
      },
    ]);
  });

  it('is none where it was missed by more than 2 %', () => {
    expect(texts({}, { rateBitsPerSecond: 1.03e9 })).toEqual([]);
  });

  it('is of each stream', () => {
    expect(texts({}, { rateBitsPerSecond: 250e6, parallel: 4 })).toEqual(['the asked rate of 1 Gbit/s']);
  });

  it('that was sent but did not arrive comes after what became of it', () => {
    const directions = [
      direction({ bitsPerSecond: 0.6e9, datagrams: 100_000, lost: 40_000, lostPercent: 40, retransmits: undefined }),
    ];
    const streams = [stream(), receiver({ socketBufferDrops: 40_000 })];
    const settings = { protocol: 'udp', rateBitsPerSecond: 1e9 } as const;
    expect(texts({ directions, streams }, settings)).toEqual([
      'socket buffer: 40000 datagrams dropped',
      'the asked rate of 1 Gbit/s',
    ]);
    // The same where the sending end did not tell what it sent.
    const untold = directions.map((one) => ({ ...one, sentBytes: undefined }));
    expect(texts({ directions: untold, streams }, settings)).toHaveLength(2);
  });

  it('is told of the direction that reached it', () => {
    const directions = [direction(), direction({ from: 'server', sentBytes: BYTES / 2, bitsPerSecond: 0.5e9 })];
    expect(texts({ directions }, { rateBitsPerSecond: 1e9, direction: 'bidirectional' })).toEqual([
      'client to server: the asked rate of 1 Gbit/s',
    ]);
  });
});

describe('datagrams', () => {
  const lostOf = (lost: number) => [
    direction({ datagrams: 100_000, lost, lostPercent: lost / 1000, retransmits: undefined }),
  ];
  const dropped = (socketBufferDrops: number) => [stream(), receiver({ socketBufferDrops })];
  const udp = { protocol: 'udp' } as const;

  it('that the socket had no room for are its buffer’s', () => {
    expect(limits({ directions: lostOf(812), streams: dropped(812) }, udp)).toEqual([
      {
        kind: 'socket-buffer',
        text: 'socket buffer: 812 datagrams dropped',
        evidence: { dropped: 812, datagrams: 100_000, lostPercent: 0.812 },
      },
    ]);
  });

  it('are counted as the kernel holds them with receive offload', () => {
    expect(texts({ directions: lostOf(812), streams: dropped(9) }, { ...udp, gro: true })).toEqual([
      'socket buffer: 9 packets of coalesced datagrams dropped',
    ]);
  });

  it('too few to matter are no limit', () => {
    expect(texts({ directions: lostOf(99), streams: dropped(99) }, udp)).toEqual([]);
  });

  it('that did not come as far were lost between the sockets', () => {
    expect(limits({ directions: lostOf(12_000), streams: dropped(2000) }, udp)).toEqual([
      expect.objectContaining({ kind: 'socket-buffer', text: 'socket buffer: 2000 datagrams dropped' }),
      {
        kind: 'link',
        text: 'lost between the sockets, 10 % of datagrams',
        evidence: { lostOnPath: 10_000, datagrams: 100_000, lostOnPathPercent: 10 },
      },
    ]);
  });

  it('cannot be told apart where drops and losses are of different times or units', () => {
    const kinds = (settings: Partial<TestSettings>) =>
      limits({ directions: lostOf(12_000), streams: dropped(2000) }, { ...udp, ...settings }).map(({ kind }) => kind);
    expect(kinds({ omitSeconds: 1 })).toEqual(['socket-buffer']);
    expect(kinds({ gro: true })).toEqual(['socket-buffer']);
    // More than were lost: those of the omit period.
    expect(texts({ directions: lostOf(200), streams: dropped(5000) }, { ...udp, omitSeconds: 1 })).toEqual([]);
    // A program that tells nothing of its receivers.
    expect(texts({ directions: lostOf(12_000), streams: [] }, udp)).toEqual([]);
  });

  it('lost in numbers come before the sender’s core, for what it sent beyond that was in vain', () => {
    const figures = (lost: number, server: number) =>
      texts(
        {
          directions: lostOf(lost),
          streams: [stream({ cpuPercent: 98 }), receiver({ cpuPercent: server, socketBufferDrops: lost })],
          cores: [core(0, { system: 98 }), core(1, { system: server })],
        },
        udp,
      );
    expect(figures(5000, 50)).toEqual(['socket buffer: 5000 datagrams dropped', 'core 0 saturated (98 % system)']);
    expect(figures(500, 50)).toEqual(['core 0 saturated (98 % system)', 'socket buffer: 500 datagrams dropped']);
    expect(figures(5000, 98).at(-1)).toBe('socket buffer: 5000 datagrams dropped');
  });
});
