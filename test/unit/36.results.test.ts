import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeResults, encodeResults, type PeerResults } from '../../lib/protocol/results.js';
import { results, resultsOf312 } from '../support/protocol-vectors.js';

/** As it comes out at the other end. */
function throughTheWire(sent: PeerResults): ReturnType<typeof decodeResults> {
  return decodeResults(JSON.parse(JSON.stringify(encodeResults(sent))));
}

/** The encoded results, changed before they are read. */
function changed(change: (json: Record<string, unknown>, stream: Record<string, unknown>) => void) {
  const json = JSON.parse(JSON.stringify(encodeResults(results)));
  change(json, json.streams[0]);
  return () => decodeResults(json);
}

describe('the results of a test', () => {
  it('stand on the wire with iperf3\u2019s keys in its order', () => {
    expect(JSON.stringify(encodeResults(results))).toBe(
      '{"cpu_util_total":12.5,"cpu_util_user":2.25,"cpu_util_system":10.25,"sender_has_retransmits":1,' +
        '"congestion_used":"cubic","streams":[{"id":1,"bytes":1000000,"retransmits":3,"jitter":0.00025,"errors":2,' +
        '"omitted_errors":1,"packets":700,"omitted_packets":100,"start_time":0,"end_time":10.000123}]}',
    );
  });

  it('come out as they went in', () => {
    const count = fc.maxSafeNat();
    const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
    const stream = fc.record({
      id: count,
      bytes: count,
      retransmits: fc.integer({ min: -1 }),
      jitterSeconds: seconds,
      errors: count,
      omittedErrors: count,
      packets: count,
      omittedPackets: count,
      startTimeSeconds: fc.constant(0),
      endTimeSeconds: seconds,
    });
    const any = fc.record(
      {
        cpu: fc.record({ total: seconds, user: seconds, system: seconds }),
        senderHasRetransmits: fc.constantFrom(-1, 0, 1),
        streams: fc.array(stream, { maxLength: 8 }),
        congestionUsed: fc.string({ unit: 'grapheme' }),
        serverOutput: fc.oneof(
          fc.record({ text: fc.string({ unit: 'grapheme' }) }),
          fc.record({ json: fc.dictionary(fc.string(), fc.integer()) }),
        ),
        vnetperf: fc.dictionary(fc.string(), fc.string()),
      },
      { requiredKeys: ['cpu', 'senderHasRetransmits', 'streams'] },
    );
    fc.assert(
      fc.property(any, (sent) => {
        const expected = JSON.parse(JSON.stringify(sent));
        expect(JSON.parse(JSON.stringify(throughTheWire(sent).results))).toEqual(expected);
      }),
    );
  });

  it('of a real 3.12 are understood: -1 as 2^64-1, nothing about the omit period', () => {
    expect(decodeResults(JSON.parse(resultsOf312))).toEqual({
      warnings: [],
      results: {
        cpu: { total: 0.07324163518313237, user: 0, system: 0.072299014395704672 },
        senderHasRetransmits: -1,
        congestionUsed: 'bbr',
        streams: [
          {
            id: 1,
            bytes: 0,
            retransmits: -1,
            jitterSeconds: 0,
            errors: 0,
            packets: 0,
            startTimeSeconds: 0,
            endTimeSeconds: 1.001039,
          },
        ],
      },
    });
  });

  it('of a 3.1, before the times of a stream were sent, have them as 0', () => {
    const read = changed((_json, stream) => {
      delete stream.start_time;
      delete stream.end_time;
    });
    expect(read().results.streams[0]).toMatchObject({ startTimeSeconds: 0, endTimeSeconds: 0 });
  });

  it('always tell what was omitted, and never NaN', () => {
    const sent = throughTheWire({
      ...results,
      cpu: { total: Number.NaN, user: Number.POSITIVE_INFINITY, system: 1 },
      streams: [
        { ...results.streams[0]!, omittedErrors: undefined, omittedPackets: undefined, jitterSeconds: Number.NaN },
      ],
    });
    expect(sent.results.cpu).toEqual({ total: 0, user: 0, system: 1 });
    expect(sent.results.streams[0]).toMatchObject({ omittedErrors: 0, omittedPackets: 0, jitterSeconds: 0 });
    expect(sent.warnings).toEqual([]);
  });

  it.each(['cpu_util_total', 'cpu_util_user', 'cpu_util_system', 'sender_has_retransmits', 'streams'])(
    'without %s are refused with error 117',
    (key) => {
      const read = changed((json) => {
        delete json[key];
      });
      expect(read).toThrow(expect.objectContaining({ iperf3Number: 117, message: expect.stringContaining(key) }));
    },
  );

  it.each(['id', 'bytes', 'retransmits', 'jitter', 'errors', 'packets', 'omitted_errors', 'omitted_packets'])(
    'without a stream\u2019s %s, or with it as text, are refused with error 117',
    (key) => {
      const refusal = expect.objectContaining({
        iperf3Number: 117,
        message: expect.stringContaining(`streams[0].${key}`),
      });
      expect(
        changed((_json, stream) => {
          delete stream[key];
        }),
      ).toThrow(refusal);
      expect(
        changed((_json, stream) => {
          stream[key] = '1';
        }),
      ).toThrow(refusal);
    },
  );

  it('with something else than streams in the list are refused', () => {
    expect(
      changed((json) => {
        json.streams = [[], null];
      }),
    ).toThrow(/streams\[0\]/);
  });

  it('with null where a number that may be none belongs have 0 there, and a warning', () => {
    const { results: read, warnings } = changed((json, stream) => {
      json.cpu_util_total = null;
      stream.jitter = null;
    })();
    expect(read.cpu.total).toBe(0);
    expect(read.streams[0]?.jitterSeconds).toBe(0);
    expect(warnings).toEqual([
      'the peer sent cpu_util_total as null, taken as 0',
      'the peer sent streams[0].jitter as null, taken as 0',
    ]);
  });

  it('warn of what is of a wrong type and not needed, and not thousands of times', () => {
    const { results: read, warnings } = changed((json, stream) => {
      json.congestion_used = 7;
      json.server_output_text = {};
      json.vnetperf = 'x';
      json.streams = Array.from({ length: 1000 }, () => ({ ...stream, end_time: 'late' }));
    })();
    expect(read).not.toHaveProperty('congestionUsed');
    expect(read).not.toHaveProperty('serverOutput');
    expect(read).not.toHaveProperty('vnetperf');
    expect(read.streams.length).toBe(1000);
    expect(warnings.length).toBe(20);
  });

  it('carry the server\u2019s output as text or as JSON', () => {
    const text = 'Accepted connection\n[  5]   0.00-1.00\n';
    expect(throughTheWire({ ...results, serverOutput: { text } }).results.serverOutput).toEqual({ text });
    const json = { start: { version: 'iperf 3.21' }, intervals: [] };
    expect(throughTheWire({ ...results, serverOutput: { json } }).results.serverOutput).toEqual({ json });
  });
});
