import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StreamMeasurement } from '../../lib/compare/measurement.js';
import { directionPackets } from '../../lib/compare/measuring/direction-packets.js';
import { endCosts } from '../../lib/compare/measuring/end-costs.js';
import { fairnessOf } from '../../lib/compare/measuring/fairness.js';
import { measurementOfReport } from '../../lib/compare/peer/report-document.js';

function stream(change: Partial<StreamMeasurement> = {}): StreamMeasurement {
  return { id: 1, end: 'client', role: 'sender', bytes: 2e9, bytesByCore: [], ...change };
}

describe('what moving the bytes cost an end', () => {
  it('is of all its streams together, by the gigabyte', () => {
    const streams = [
      stream({ calls: 1000, cpu: { userSeconds: 0.1, systemSeconds: 0.3 } }),
      stream({ id: 3, role: 'receiver', calls: 3000, cpu: { userSeconds: 0, systemSeconds: 0.4 } }),
      stream({ end: 'server', calls: 500, cpu: { userSeconds: 0, systemSeconds: 0 } }),
    ];
    expect(endCosts(streams)).toEqual({
      client: {
        systemCallsPerGigabyte: 1000,
        bytesPerCall: 1e6,
        cpuSecondsPerGigabyte: expect.closeTo(0.2),
        userPercent: expect.closeTo(12.5),
      },
      server: { systemCallsPerGigabyte: 250, bytesPerCall: 4e6, cpuSecondsPerGigabyte: 0 },
    });
  });

  it('is what is known of it', () => {
    expect(endCosts([stream()])).toBeUndefined();
    expect(endCosts([])).toBeUndefined();
    expect(endCosts([stream({ bytes: 1000, calls: 1 })])).toBeUndefined();
    // A peer that does not count its calls says 0 or nothing.
    const cpu = { userSeconds: 1, systemSeconds: 1 };
    expect(endCosts([stream({ calls: 0, cpu })])).toEqual({ client: { cpuSecondsPerGigabyte: 1, userPercent: 50 } });
    expect(endCosts([stream({ calls: 5, cpu }), stream({ cpu })])?.client).not.toHaveProperty('bytesPerCall');
    expect(endCosts([stream({ calls: 4 })])).toEqual({
      client: { systemCallsPerGigabyte: 2, bytesPerCall: 5e8 },
    });
  });
});

describe('fairness', () => {
  it("is Jain's index", () => {
    expect(fairnessOf([5, 5, 5, 5])).toBeCloseTo(1, 12);
    expect(fairnessOf([1, 0, 0, 0])).toBe(0.25);
    expect(fairnessOf([1, 2, 3])).toBeCloseTo(36 / 42, 12);
    expect(fairnessOf([1])).toBeUndefined();
    expect(fairnessOf([0, 0])).toBeUndefined();
    expect(fairnessOf([])).toBeUndefined();
  });

  it('is between 1/n and 1, and does not depend on the unit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1e9), { minLength: 2, maxLength: 128 }),
        fc.integer({ min: 1, max: 1e6 }),
        (bytes, by) => {
          const fairness = fairnessOf(bytes);
          if (bytes.every((one) => one === 0)) return;
          expect(fairness).toBeGreaterThanOrEqual(1 / bytes.length - 1e-9);
          expect(fairness).toBeLessThanOrEqual(1 + 1e-9);
          expect(fairnessOf(bytes.map((one) => one * by))).toBeCloseTo(fairness!, 9);
        },
      ),
    );
  });
});

describe('packets of a direction', () => {
  it('are those of its own two ends, or not known', () => {
    const streams = [
      stream({ packets: 5 }),
      stream({ id: 3, packets: 6 }),
      stream({ end: 'server', role: 'receiver', packets: 7 }),
      stream({ end: 'client', role: 'receiver', packets: 100 }),
    ];
    expect(directionPackets('client', streams)).toEqual({ packetsSent: 11, packetsReceived: 7 });
    expect(directionPackets('server', streams)).toEqual({ packetsReceived: 100 });
    expect(directionPackets('client', [stream({ packets: 5 }), stream()])).toEqual({});
    expect(directionPackets('client', [stream({ packets: 0 })])).toEqual({});
  });
});

describe('a report of another program', () => {
  const capture = (name: string) => {
    const text = readFileSync(new URL(`../fixtures/captures/${name}`, import.meta.url), 'utf8');
    return JSON.parse(text.slice(text.indexOf('{')));
  };

  it("tells its processes' CPU, and no calls", () => {
    const document = capture('iperf3-3.21/tcp-parallel2.client.json');
    const { measurement } = measurementOfReport(document);
    const percent = document.end.cpu_utilization_percent;
    const gigabytes = document.end.sum_sent.bytes / 1e9;
    const client = ((percent.host_user + percent.host_system) / 100) * measurement.durationSeconds;
    expect(measurement.costs?.client?.cpuSecondsPerGigabyte).toBeCloseTo(client / gigabytes, 6);
    expect(measurement.costs?.client).not.toHaveProperty('bytesPerCall');
    expect(measurement.costs?.server?.userPercent).toBeGreaterThanOrEqual(0);
    expect(measurement.directions[0]?.fairness).toBeCloseTo(1, 1);
  });

  it('keeps the cost of an iperf3 beside what a vnetperf tells of its own end', () => {
    const document = capture('iperf3-3.21/tcp-parallel2.client.json');
    const { costs } = measurementOfReport(document).measurement;
    const told = (id: number) => ({ id, role: 'sender', bytesByCore: [{ core: 0, bytes: 1e9 }], calls: 1000 });
    document.vnetperf = { version: '0.1.0', streams: [told(1), told(3)] };
    expect(measurementOfReport(document).measurement.costs).toEqual({
      client: { systemCallsPerGigabyte: 1000, bytesPerCall: 1e6 },
      server: costs?.server,
    });
    // An omit period is in the CPU of an iperf3, and not in its bytes; of a vnetperf it is in both.
    document.start.test_start.omit = 1;
    expect(Object.keys(measurementOfReport(document).measurement.costs ?? {})).toEqual(['client']);
    const single = capture('iperf3-3.21/tcp.client.json');
    single.start.test_start.omit = 1;
    single.vnetperf = { version: '0.1.0', streams: [told(1)] };
    expect(Object.keys(measurementOfReport(single).measurement.costs ?? {})).toEqual(['client']);
  });

  it('has no cost where its bytes leave out time that its CPU does not', () => {
    const document = capture('iperf3-3.21/tcp-parallel2.client.json');
    document.start.test_start.omit = 1;
    expect(measurementOfReport(document).measurement).not.toHaveProperty('costs');
  });
});
