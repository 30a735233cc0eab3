import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VnetperfFacts } from '../../lib/traffic/events.js';
import { peerFacts } from '../../lib/traffic/peer-facts.js';
import { ATest } from '../support/a-test.js';
import { core, facts, streamFacts } from '../support/run-facts.js';

const { streams } = new ATest('client');

function overTheWire(told: unknown): VnetperfFacts['peer'] {
  return peerFacts(JSON.parse(JSON.stringify(told)), streams);
}

const whole = {
  ...streamFacts('receiver', [[1, 1000]]),
  path: 'mmap',
  pathReason: 'asked for',
  calls: 12,
  packets: 3,
  segmentationRefused: true,
  zeroCopy: { zeroCopiedBytes: 900, copiedBytes: 100 },
  firstByteSeconds: 0.001,
  gaps: {
    count: 2,
    minMicroseconds: 1,
    meanMicroseconds: 2,
    standardDeviationMicroseconds: 0.5,
    medianMicroseconds: 2,
    p99Microseconds: 3,
    maxMicroseconds: 3,
  },
  receiveCore: 1,
  tcpLimits: { busySeconds: 1, receiveWindowLimitedSeconds: 0.5, sendBufferLimitedSeconds: 0.25 },
};

describe("the peer's facts", () => {
  it('come over as they were told', () => {
    const { version, mergedTicks } = facts({});
    const told = { version, streams: [whole], cores: [core(1, { user: 5 })], mergedTicks };
    expect(overTheWire(told)).toEqual(told);
  });

  it('of an older version lack what it does not count, and nothing breaks', () => {
    const { calls: _, firstByteSeconds: __, ...old } = streamFacts('receiver', [[1, 1000]]);
    const read = overTheWire({ version: '0.0.9', streams: [old], cores: [], mergedTicks: 0 });
    expect(read?.streams[0]).toMatchObject({ ...old, calls: 0, firstByteSeconds: 0 });
    expect(read?.streams[0]).not.toHaveProperty('packets');
    expect(read?.streams[0]).not.toHaveProperty('zeroCopy');
    expect(read?.streams[0]).not.toHaveProperty('gaps');
  });

  it.each([[undefined], [null], ['x'], [[]], [{}], [{ version: '1', streams: {}, cores: [] }], [{ version: 1 }]])(
    'are none where %j came',
    (told) => {
      expect(peerFacts(told, streams)).toBeUndefined();
    },
  );

  it('are no more than the test has streams, and only of those, from their other end', () => {
    const told = (list: unknown[]) => overTheWire({ version: '1', streams: list, cores: [] })?.streams;
    expect(told(Array.from({ length: 10_000 }, () => whole))).toHaveLength(1);
    expect(told([{ ...whole, id: 7 }])).toEqual([]);
    expect(told([{ ...whole, role: 'sender' }])).toEqual([]);
    const shares = Array.from({ length: 100_000 }, () => ({ core: 1, bytes: 1 }));
    expect(told([{ ...whole, bytesByCore: shares }])?.[0]?.bytesByCore.length).toBeLessThan(10_000);
  });

  it('say nothing that a terminal would take for a command, and not at length', () => {
    const pathReason = `\u001b[2J\u202e${'x'.repeat(5000)}`;
    const [stream] = overTheWire({ version: '1', streams: [{ ...whole, pathReason }], cores: [] })?.streams ?? [];
    expect(stream?.pathReason).toMatch(/^ \[2J x+$/);
    expect(stream?.pathReason?.length).toBeLessThan(300);
  });

  it('are of their types whatever was told', () => {
    const anything = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 1e308, '', true));
    const stream = fc.dictionary(fc.constantFrom(...Object.keys(whole)), anything);
    fc.assert(
      fc.property(stream, anything, (change, cores) => {
        const told = { version: '1', streams: [{ ...whole, ...change, id: 1, role: 'receiver' }], cores: [cores] };
        const read = overTheWire(told);
        for (const { calls, bytesByCore, path, cpu, pin } of read?.streams ?? []) {
          expect([calls, cpu.userSeconds, cpu.systemSeconds].every((one) => Number.isFinite(one) && one >= 0)).toBe(
            true,
          );
          expect(typeof path).toBe('string');
          expect([...pin.asked, ...pin.got].every(Number.isFinite)).toBe(true);
          expect(bytesByCore.every(({ bytes }) => bytes >= 0)).toBe(true);
        }
        expect(JSON.stringify(read)).not.toContain('null');
      }),
    );
  });
});
