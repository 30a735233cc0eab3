import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../lib/configuration/settings.js';
import { type ClientEvent, ClientMachine } from '../../lib/protocol/client-machine.js';
import { type ServerEvent, ServerMachine } from '../../lib/protocol/server-machine.js';
import { bytes, cookie, message, parametersOf312, results, resultsOf312 } from '../support/protocol-vectors.js';

/** The same bytes cut at random places; empty chunks may be among them. */
function chunksOf(whole: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc.array(fc.nat({ max: whole.length }), { maxLength: 12 }).map((cuts) => {
    const edges = [0, ...cuts.sort((left, right) => left - right), whole.length];
    return edges.slice(1).map((edge, index) => whole.subarray(edges[index], edge));
  });
}

/** Each flight is what a peer sends without waiting. What follows is sent only after it was answered. */
function flights(...parts: Uint8Array[]): fc.Arbitrary<Uint8Array[]> {
  return fc.tuple(...parts.map(chunksOf)).map((chunks) => chunks.flat());
}

function clientEvents(chunks: Uint8Array[]): ClientEvent[] {
  const machine = new ClientMachine(cookie);
  const all: ClientEvent[] = [];
  for (const chunk of chunks) {
    // A socket's buffer is used again for the next read: nothing may keep a view of it.
    const reused = Buffer.from(chunk);
    const events = machine.receive(reused);
    reused.fill(0xee);
    for (const event of events) {
      if (event.type === 'send-parameters') machine.parameters(defaultSettings());
      if (event.type === 'test-running') machine.testEnd();
      if (event.type === 'exchange-results') machine.results(results);
    }
    all.push(...events);
  }
  return [...all, ...machine.end()];
}

function serverEvents(chunks: Uint8Array[]): ServerEvent[] {
  const machine = new ServerMachine();
  const all: ServerEvent[] = [];
  for (const chunk of chunks) {
    const reused = Buffer.from(chunk);
    const events = machine.receive(reused);
    reused.fill(0xee);
    for (const event of events) {
      if (event.type === 'parameters') machine.testRunning();
      if (event.type === 'results') machine.displayResults();
    }
    all.push(...events);
  }
  return [...all, ...machine.end()];
}

/** The text of an error may quote more when more was there. */
function comparable(events: (ClientEvent | ServerEvent)[]): unknown[] {
  return events.map((event) =>
    event.type === 'error' ? { type: 'error', number: event.error.iperf3Number, errno: event.error.errno } : event,
  );
}

const toClient = {
  'a whole test': [
    bytes(0x09),
    bytes(0x0a),
    bytes(0x01, 0x02),
    bytes(0x0d),
    bytes(message(resultsOf312), 0x0e, 0xfe, 0, 0, 0, 27, 0, 0, 0, 0),
  ],
  'a refusal with two numbers': [bytes(0x09), bytes(0xfe, 0, 0, 0, 27, 0, 0, 0, 110)],
  'a refusal with one number': [bytes(0x09), bytes(0xfe, 0, 0, 0, 142)],
  'an error instead of results': [
    bytes(0x09),
    bytes(0x0a),
    bytes(0x01, 0x02),
    bytes(0x0d),
    bytes(0xfe, 0, 0, 0, 117, 0, 0, 0, 0),
  ],
  'results cut off': [bytes(0x09), bytes(0x0a), bytes(0x01, 0x02), bytes(0x0d), message(resultsOf312).subarray(0, 200)],
  'another protocol': [bytes('220 mail.example ESMTP\r\n')],
};

const toServer = {
  'a whole test': [
    bytes(cookie, 0),
    message(parametersOf312),
    bytes(0x04),
    message(resultsOf312),
    bytes(0x10, 'whatever'),
  ],
  'a client that does not wait for 09 and 0D': [
    bytes(cookie, 0, message(parametersOf312)),
    bytes(0x04, message(resultsOf312)),
    bytes(0x10),
  ],
  'a client that gives up': [bytes(cookie, 0), bytes(0x10)],
  'a client that is terminated': [bytes(cookie, 0), message(parametersOf312), bytes(0x04), bytes(0x0c)],
  'parameters cut off': [bytes(cookie, 0), message(parametersOf312).subarray(0, 100)],
  'parameters too large': [bytes(cookie, 0), bytes(0, 0, 0x20, 1, 'x'.repeat(100))],
  'another protocol': [bytes('GET / HTTP/1.1\r\nHost: example\r\nAccept: */*\r\n')],
};

describe('however the bytes are cut into chunks, a machine tells the same', () => {
  it.each(Object.entries(toClient))('of %s, as a client', (_what, parts) => {
    const expected = comparable(clientEvents(parts));
    expect(expected.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(flights(...parts), (chunks) => {
        expect(comparable(clientEvents(chunks))).toEqual(expected);
      }),
    );
    const single = parts.flatMap((part) => Array.from(part, (byte) => Uint8Array.of(byte)));
    expect(comparable(clientEvents(single))).toEqual(expected);
  });

  it.each(Object.entries(toServer))('of %s, as a server', (_what, parts) => {
    const expected = comparable(serverEvents(parts));
    expect(expected.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(flights(...parts), (chunks) => {
        expect(comparable(serverEvents(chunks))).toEqual(expected);
      }),
    );
    const single = parts.flatMap((part) => Array.from(part, (byte) => Uint8Array.of(byte)));
    expect(comparable(serverEvents(single))).toEqual(expected);
  });
});
