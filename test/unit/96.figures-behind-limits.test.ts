import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitsOf } from '../../lib/compare/limits/limits.js';
import type { Limit } from '../../lib/compare/measurement.js';
import { defaultSettings, type TestSettings } from '../../lib/configuration/settings.js';
import { carrier, core, direction, interval, measured, receiver, stream } from '../support/limited-measurement.js';

const BYTES = fc.integer({ min: 1, max: 1e12 });
const PART = fc.double({ min: 0.01, max: 100, noNaN: true });
const SHARES = fc.tuple(PART, PART, PART, PART).map(([user, system, softirq, idle]) => {
  const total = user + system + softirq + idle;
  return { user: (100 * user) / total, system: (100 * system) / total, softirq: (100 * softirq) / total };
});
const BUSY = fc.record({ user: fc.constant(1), system: fc.double({ min: 90, max: 98.9, noNaN: true }) });

const SETTINGS = fc
  .record({
    protocol: fc.constantFrom('tcp', 'udp'),
    rateBitsPerSecond: fc.constantFrom(0, 0, 1e6, 123_456_789),
    fqRateBitsPerSecond: fc.constantFrom(0, 0, 0, 1e9),
    parallel: fc.constantFrom(1, 3),
    omitSeconds: fc.constantFrom(0, 2),
    gro: fc.boolean(),
  })
  .map((some): TestSettings => ({ ...defaultSettings(), ...some }) as TestSettings);

const FIGURES = fc
  .record({
    bytes: BYTES,
    lost: fc.double({ min: 0, max: 1, noNaN: true }),
    cores: fc.tuple(fc.oneof(SHARES, BUSY), fc.oneof(SHARES, BUSY), SHARES),
    cpu: fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 })),
    migrations: fc.integer({ min: 0, max: 50 }),
    drops: fc.nat(100_000),
    retransmits: fc.nat(100_000),
    reorderSeen: fc.constantFrom(0, 0, 17),
    paced: fc.boolean(),
    held: fc.tuple(fc.double({ min: 0, max: 5, noNaN: true }), fc.double({ min: 0, max: 5, noNaN: true })),
    thread: fc.integer({ min: 90, max: 100 }),
    window: fc.integer({ min: 1, max: 1e7 }),
    rtt: fc.integer({ min: 1, max: 100_000 }),
  })
  .map((some) => {
    const [client, server] = some.cpu;
    const [receiveWindowLimitedSeconds, sendBufferLimitedSeconds] = some.held;
    const { reorderSeen, migrations, paced } = some;
    const tcp = { busySeconds: 10, receiveWindowLimitedSeconds, sendBufferLimitedSeconds, reorderSeen };
    return measured({
      directions: [
        direction({
          sentBytes: some.bytes,
          bitsPerSecond: (8 * some.bytes * (1 - some.lost)) / 10,
          retransmits: some.retransmits,
          datagrams: 200_000,
          lost: Math.floor(200_000 * some.lost),
          lostPercent: 100 * some.lost,
        }),
      ],
      streams: [
        stream({ cpuPercent: client, migrations, paced, congestion: 'bbr' }, tcp),
        receiver({ cpuPercent: server, socketBufferDrops: some.drops }),
      ],
      cores: some.cores.map((shares, number) => core(number, shares)),
      carriers: [carrier(some.thread)],
      intervals: [interval(some.window, some.rtt)],
    });
  });

/** `40000`, `1.01`; a unit's prefix beside it moves the point by three, six or nine. */
function numbersIn(text: string): { value: number; halfLastDigit: number }[] {
  return [...text.matchAll(/(\d+(?:\.(\d+))?)(?: ([kMG])(?:bit|B))?/g)].map(
    ([, digits, decimals = '', prefix = '']) => {
      const factor = { '': 1, k: 1e3, M: 1e6, G: 1e9 }[prefix]!;
      // Figures of rates and sizes have three digits, and end in zeros that are not printed.
      const written = prefix === '' ? 10 ** -decimals.length : 10 ** (Math.floor(Math.log10(Number(digits))) - 2);
      return { value: Number(digits) * factor, halfLastDigit: (written * factor) / 2 };
    },
  );
}

function isBehind({ evidence }: Limit, { value, halfLastDigit }: ReturnType<typeof numbersIn>[number]): boolean {
  return Object.values(evidence).some((figure) => Math.abs(figure - value) <= halfLastDigit * (1 + 1e-9));
}

describe('whatever was measured', () => {
  it('no number is said that is not among the figures it stands on, and no figure is not a number', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(FIGURES, SETTINGS, (figures, settings) => {
        for (const limit of limitsOf(figures, settings)) {
          seen.add(limit.kind);
          expect(Object.values(limit.evidence).every(Number.isFinite), JSON.stringify(limit)).toBe(true);
          // `ovs-vswitchd, one thread`: of what a program is called no digit is a figure.
          for (const number of numbersIn(limit.text)) {
            expect(isBehind(limit, number), `${number.value} in ${JSON.stringify(limit)}`).toBe(true);
          }
        }
      }),
      { numRuns: 3000 },
    );
    expect([...seen].sort()).toEqual(
      expect.arrayContaining(['carrier-thread', 'core-saturated', 'pacing', 'receive-window', 'retransmits', 'link']),
    );
  });

  it('nothing is said twice, and the same figures always say the same', () => {
    fc.assert(
      fc.property(FIGURES, SETTINGS, (figures, settings) => {
        const texts = limitsOf(figures, settings).map(({ text }) => text);
        expect(new Set(texts).size).toBe(texts.length);
        expect(limitsOf(structuredClone(figures), settings).map(({ text }) => text)).toEqual(texts);
      }),
    );
  });
});
