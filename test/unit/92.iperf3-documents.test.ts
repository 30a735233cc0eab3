import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measurementOfIperf3 } from '../../lib/compare/peer/iperf3-document.js';
import { VnetperfError } from '../../lib/errors.js';

const captures = new URL('../fixtures/captures/', import.meta.url);
const names = ['iperf3-3.12', 'iperf3-3.21'].flatMap((version) =>
  readdirSync(new URL(version, captures))
    .filter((name) => name.endsWith('.json'))
    .map((name) => `${version}/${name}`),
);

// biome-ignore lint/suspicious/noExplicitAny: a document of iperf3's, read as it is.
function capture(name: string): any {
  const text = readFileSync(new URL(name, captures), 'utf8');
  // With -V there are lines before it.
  return JSON.parse(text.slice(text.indexOf('{')));
}

function failureOf(document: unknown): VnetperfError {
  try {
    measurementOfIperf3(document);
  } catch (error) {
    if (error instanceof VnetperfError) return error;
    throw error;
  }
  throw new Error('it was taken for a measurement');
}

/** Reports of servers that sent do not know what arrived. */
const serverSent = /(reverse|bidir)\.server/;

describe("iperf3's own figures are the measurement's", () => {
  it.each(names.filter((name) => !serverSent.test(name)))('%s', (name) => {
    const document = capture(name);
    const measured = measurementOfIperf3(document);
    const { end, intervals } = document;
    const bidirectional = name.includes('bidir');
    const sums = ['', ...(bidirectional ? ['_bidir_reverse'] : [])].map((suffix) => end[`sum_received${suffix}`]);

    expect(measured.directions.map(({ from }) => from)).toEqual(
      bidirectional ? ['client', 'server'] : [name.includes('reverse') ? 'server' : 'client'],
    );
    expect(measured.directions.map(({ receivedBytes }) => receivedBytes)).toEqual(sums.map(({ bytes }) => bytes));
    const rate = sums.reduce((total, sum) => total + sum.bits_per_second, 0);
    expect(measured.bitsPerSecond / rate).toBeCloseTo(1, 6);
    expect(measured.intervals).toHaveLength(intervals.length);
    expect(measured.intervals.filter(({ omitted }) => omitted)).toHaveLength(name.includes('omit') ? 1 : 0);
    const inIntervals = (which: boolean) =>
      measured.intervals
        .filter(({ omitted }) => omitted === which)
        .flatMap(({ streams }) => streams)
        .reduce((bytes, stream) => bytes + stream.bytes, 0);
    // The writer's end counted them, which is the sender's on a client: what was still under way came after.
    expect(inIntervals(false) / measured.directions.reduce((sum, one) => sum + one.receivedBytes, 0)).toBeCloseTo(1, 1);
    if (name.startsWith('iperf3-3.21/tcp.client')) expect(measured.streams).toHaveLength(2);
  });

  it('a TCP client knows both ends', () => {
    const { streams, directions, durationSeconds } = measurementOfIperf3(capture('iperf3-3.21/tcp-bidir.client.json'));
    expect(durationSeconds).toBe(2.001696);
    expect(directions[0]).toMatchObject({ from: 'client', sentBytes: 12582912, retransmits: 0 });
    expect(streams.map(({ id, end, role, bytes }) => [id, end, role, bytes])).toEqual([
      [1, 'client', 'sender', 12582912],
      [1, 'server', 'receiver', 12582912],
      [3, 'server', 'sender', 12582912],
      [3, 'client', 'receiver', 12582912],
    ]);
    expect(streams[0]!.tcp).toEqual({
      retransmits: 0,
      maxCongestionWindowBytes: 1178694,
      meanRttMicroseconds: 72,
      minRttMicroseconds: 72,
      reorderSeen: 0,
    });
    expect(streams.every(({ congestion }) => congestion === 'bbr')).toBe(true);
  });

  it('CPU is that of a process, and of a stream where it has one', () => {
    const document = capture('iperf3-3.21/tcp.client.json');
    const { streams, durationSeconds } = measurementOfIperf3(document);
    const { host_user: user, remote_system: system } = document.end.cpu_utilization_percent;
    expect(streams[0]!.cpu!.userSeconds).toBeCloseTo((user * durationSeconds) / 100, 9);
    expect(streams[1]!.cpu!.systemSeconds).toBeCloseTo((system * durationSeconds) / 100, 9);
    // The percentages are of the whole test.
    document.start.test_start.omit = 2;
    const longer = measurementOfIperf3(document).streams[0]!.cpu!.userSeconds;
    expect(longer).toBeCloseTo((user * (durationSeconds + 2)) / 100, 9);
    const two = measurementOfIperf3(capture('iperf3-3.21/tcp-parallel2.client.json'));
    expect(two.streams.map(({ cpu }) => cpu)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('a server that received tells what arrived and nothing of the sender', () => {
    const { directions, streams } = measurementOfIperf3(capture('iperf3-3.12/tcp-parallel2.server.json'));
    expect(directions).toHaveLength(1);
    expect(directions[0]).not.toHaveProperty('sentBytes');
    expect(directions[0]).not.toHaveProperty('retransmits');
    expect(streams.map(({ id, end, role }) => [id, end, role])).toEqual([
      [1, 'server', 'receiver'],
      [3, 'server', 'receiver'],
    ]);
  });

  it("loss and jitter are the receiver's", () => {
    const document = capture('iperf3-3.21/udp.client.json');
    document.end.streams[0].udp.lost_packets = 89;
    document.end.streams[0].udp.jitter_ms = 0.25;
    document.end.sum_received.packets = 890;
    expect(measurementOfIperf3(document).directions[0]).toMatchObject({
      datagrams: 890,
      lost: 89,
      lostPercent: 10,
      jitterMs: 0.25,
      outOfOrder: 0,
    });
  });

  it('an iperf3 that did not report received bytes of datagrams is told apart', () => {
    const document = capture('iperf3-3.12/udp.client.json');
    document.end.sum_received = undefined;
    document.end.streams[0].udp.lost_packets = 93;
    const { directions, warnings } = measurementOfIperf3(document);
    expect(directions[0]!.receivedBytes).toBe(1400 * 800);
    expect(warnings).toEqual([expect.stringContaining('does not report them')]);
  });

  it('losses of the omit period are suspected where the version cannot tell them apart', () => {
    expect(measurementOfIperf3(capture('iperf3-3.12/udp-omit.client.json')).warnings).toHaveLength(1);
    expect(measurementOfIperf3(capture('iperf3-3.21/udp-omit.client.json')).warnings).toEqual([]);
  });
});

describe('what is no measurement is refused in a sentence', () => {
  it.each(names.filter((name) => serverSent.test(name)))('%s', (name) => {
    expect(failureOf(capture(name))).toMatchObject({
      code: 'ERR_IPERF3_DOCUMENT',
      message: expect.stringContaining('a server that sends does not know what arrives'),
      remedy: "Give the client's report of the same test.",
    });
  });

  it.each([
    ['error - unable to connect to server: Connection refused', 'unable to connect to server: Connection refused'],
    ['the server \u001b[31mhas terminated\n', 'the server  [31mhas terminated'],
  ])('a failed test', (said, told) => {
    const error = failureOf({ start: { version: 'iperf 3.9' }, intervals: [], end: {}, error: said });
    expect(error).toMatchObject({ code: 'ERR_IPERF3_FAILED', message: `the iperf3 test failed: ${told}` });
  });

  it.each([
    ['the document', null],
    ['the document', []],
    ['the document', 'text'],
    ['"start"', {}],
    ['"start.test_start"', { start: {}, end: {} }],
    ['"end.streams" has none', { start: { test_start: {} }, end: {} }],
    ['"end.streams[0].sender"', { start: { test_start: {} }, end: { streams: [{}] } }],
    ['"end.streams" has 257', { start: { test_start: {} }, end: { streams: Array.from({ length: 257 }, () => ({})) } }],
  ])('%s', (where, document) => {
    const error = failureOf(document);
    expect(error.code).toBe('ERR_IPERF3_DOCUMENT');
    expect(error.message).toContain(where);
  });

  it('any JSON at all', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (document) => {
        expect(failureOf(document)).toBeInstanceOf(VnetperfError);
      }),
      { numRuns: 500 },
    );
  });

  it('any report of which a part was replaced: an error of ours, or figures that are numbers', () => {
    const documents = names.map(capture);
    fc.assert(
      fc.property(
        fc.constantFrom(...documents),
        fc.array(fc.nat(1000), { maxLength: 8 }),
        fc.oneof(fc.jsonValue(), fc.double(), fc.constantFrom(-1, 1e300, Number.NaN, '__proto__')),
        (document, steps, value) => {
          const changed = replaced(document, steps, value);
          try {
            const measured = measurementOfIperf3(changed);
            expect(measured.bitsPerSecond).toBeGreaterThanOrEqual(0);
            expect(JSON.stringify(measured)).not.toContain('null');
          } catch (error) {
            expect(error).toBeInstanceOf(VnetperfError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** The value somewhere down the tree: each step chooses a child. */
function replaced(node: unknown, [step, ...steps]: number[], value: unknown): unknown {
  if (step === undefined || typeof node !== 'object' || node === null) return value;
  const keys = Object.keys(node);
  if (keys.length === 0) return value;
  const key = keys[step % keys.length]!;
  const copy: Record<string, unknown> = Array.isArray(node) ? ([...node] as never) : { ...node };
  copy[key] = replaced(copy[key], steps, value);
  return copy;
}
