import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gateRates } from '../../lib/gate/rate-gate.js';

const client = (bitsPerSecond: number | undefined) => ({ from: 'client' as const, bitsPerSecond });
const server = (bitsPerSecond: number | undefined) => ({ from: 'server' as const, bitsPerSecond });

describe('a rate with a limit', () => {
  it.each([
    [[client(8.92e9)], 9e9, 'failed', 'Received client to server 8.92 Gbits/sec: below 9.00 Gbits/sec.'],
    [[client(9e9)], 9e9, 'passed', 'Received client to server 9.00 Gbits/sec: not below 9.00 Gbits/sec.'],
    [[client(8_999_900_000)], 9e9, 'failed', 'Received client to server 8.9999 Gbits/sec: below 9.00 Gbits/sec.'],
    [[client(999_999)], 1e6, 'failed', 'Received client to server 999.999 Kbits/sec: below 1.00 Mbits/sec.'],
    [[client(0)], 1e3, 'failed', 'Received client to server 0.00 bits/sec: below 1.00 Kbits/sec.'],
    [[client(2e9), server(5e8)], 1e9, 'failed', 'Received server to client 500 Mbits/sec: below 1.00 Gbits/sec.'],
    [
      [client(2e9), server(1.5e9)],
      1e9,
      'passed',
      'Received client to server 2.00 Gbits/sec, server to client 1.50 Gbits/sec: not below 1.00 Gbits/sec.',
    ],
    [
      [client(2e9), server(undefined)],
      1e9,
      'undecided',
      'What was received is not known, so nothing shows that 1.00 Gbits/sec was reached.',
    ],
    [[client(2e8), server(undefined)], 1e9, 'failed', 'Received client to server 200 Mbits/sec: below 1.00 Gbits/sec.'],
    [[], 1e9, 'undecided', 'What was received is not known, so nothing shows that 1.00 Gbits/sec was reached.'],
  ] as const)('%j below %d: %s', (rates, limit, outcome, sentence) => {
    expect(gateRates(rates, limit)).toEqual({ outcome, limitBitsPerSecond: limit, sentence });
  });

  it('fails where any direction is below it, and says two different figures', () => {
    const rate = fc.double({ min: 0, max: 1e13, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(rate, { minLength: 1, maxLength: 2 }),
        fc.double({ min: 1, max: 1e13, noNaN: true }),
        (rates, limit) => {
          const { outcome, sentence } = gateRates(rates.map(client), limit);
          expect(outcome).toBe(rates.some((one) => one < limit) ? 'failed' : 'passed');
          expect(sentence).toMatch(/^Received .*: (not )?below [\d.]+ [KMGT]?bits\/sec\.$/);
        },
      ),
    );
  });
});
