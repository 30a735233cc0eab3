import { describe, expect, it } from 'vitest';
import { acrossFault, DIRECTIONS, type Fault } from '../support/datagrams-across-faults.js';

const root = process.getuid?.() === 0;

describe.runIf(root).each(DIRECTIONS)('$direction, across a path that holds datagrams up', ({ option, way }) => {
  it('jitter is that of the path', async () => {
    // A datagram every 20 ms; each second one is 8 ms late, so that every difference of two transits is 8 ms.
    const fault: Fault = { kind: 'delay', every: 2, delayMs: 8 };
    const reports = await acrossFault(fault, ['-b', '400K', '-k', '100', ...option]);
    const made = reports.relayed[0]?.[way].jitterMs ?? Number.NaN;
    expect(made).toBeGreaterThan(6);
    expect(Math.abs(reports.client.end.sum_received.jitter_ms - made)).toBeLessThan(0.5);
    expect(reports.client.end.sum_received.lost_packets).toBe(0);
  });
});
