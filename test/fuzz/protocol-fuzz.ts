import { defaultSettings } from '../../lib/configuration/settings.js';
import { VnetperfError } from '../../lib/errors.js';
import { type ClientEvent, ClientMachine } from '../../lib/protocol/client-machine.js';
import { encodeParameters } from '../../lib/protocol/parameters.js';
import { type ServerEvent, ServerMachine } from '../../lib/protocol/server-machine.js';
import { bytes, cookie, message, parametersOf312, results, resultsOf312 } from '../support/protocol-vectors.js';

export interface FuzzReport {
  conversations: number;
  /** How often each type of event was seen. */
  events: Record<string, number>;
}

/** As a vnetperf sends them that asks for what iperf3 has no word for. */
const ownParameters = JSON.stringify(
  encodeParameters({ ...defaultSettings(), sendPath: 'splice', receivePath: 'mmap', batch: 64 }),
);

/** Random numbers below `limit`, the same for the same seed. */
type Random = (limit: number) => number;

const LAST_WORDS = ['error', 'display-results', 'server-terminated', 'client-terminated', 'done'];

/**
 * Conversations that begin as real ones and go wrong: pieces left out, repeated and swapped, bytes changed, cut at any
 * place, and an owner that sometimes forgets to answer. Throws, with the bytes, when a machine breaks its promises.
 */
export function fuzzProtocol(seed: number, durationMs: number): FuzzReport {
  const random = seededRandom(seed);
  const report: FuzzReport = { conversations: 0, events: {} };
  const deadline = performance.now() + durationMs;
  while (performance.now() < deadline) {
    const role = random(2) === 0 ? 'client' : 'server';
    const stream = mutate(role === 'client' ? serverSpeech(random) : clientSpeech(random), random);
    const chunks = cut(stream, random);
    try {
      for (const event of role === 'client' ? runClient(chunks, random) : runServer(chunks, random)) {
        report.events[event.type] = (report.events[event.type] ?? 0) + 1;
      }
    } catch (cause) {
      const hex = chunks.map((chunk) => Buffer.from(chunk).toString('hex')).join(' ');
      throw new Error(`the ${role}'s machine broke on ${hex}`, { cause });
    }
    report.conversations++;
  }
  return report;
}

function runClient(chunks: Uint8Array[], random: Random): ClientEvent[] {
  const machine = new ClientMachine(cookie);
  const forgetful = random(4) === 0;
  const answer = (event: ClientEvent) => {
    if (forgetful && random(3) === 0) return;
    if (event.type === 'send-parameters') machine.parameters(defaultSettings());
    if (event.type === 'test-running') machine.testEnd();
    if (event.type === 'exchange-results') machine.results(results);
    if (event.type === 'display-results') machine.done();
  };
  const events: ClientEvent[] = [];
  for (const chunk of chunks) {
    const more = machine.receive(chunk);
    more.forEach(answer);
    events.push(...more);
  }
  events.push(...machine.end());
  checkEvents(events, [...machine.receive(bytes(0x09)), ...machine.end()]);
  return events;
}

function runServer(chunks: Uint8Array[], random: Random): ServerEvent[] {
  const machine = new ServerMachine();
  const forgetful = random(4) === 0;
  const answer = (event: ServerEvent) => {
    if (forgetful && random(3) === 0) return;
    if (event.type === 'parameters') machine.testRunning();
    if (event.type === 'results') machine.displayResults();
  };
  const events: ServerEvent[] = [];
  for (const chunk of chunks) {
    const more = machine.receive(chunk);
    more.forEach(answer);
    events.push(...more);
  }
  events.push(...machine.end());
  checkEvents(events, [...machine.receive(bytes(0x04)), ...machine.end()]);
  return events;
}

/** After end() every conversation is over, by exactly one last word, and an error says something to a person. */
function checkEvents(events: (ClientEvent | ServerEvent)[], afterwards: unknown[]): void {
  const types = events.map((event) => event.type);
  const firstLastWord = types.findIndex((type) => LAST_WORDS.includes(type));
  if (firstLastWord !== types.length - 1 || afterwards.length > 0) {
    throw new Error(`events after the last word, or none: ${types.join(' ')}`);
  }
  const last = events.at(-1)!;
  if (last.type === 'error' && !(last.error instanceof VnetperfError && last.error.message.length > 10)) {
    throw new Error(`an error without a sentence: ${last.error}`);
  }
  if (last.type === 'error' && !/^[\x20-\x7e]*$/.test(last.error.message)) {
    throw new Error(`an error that would disturb a terminal: ${JSON.stringify(last.error.message)}`);
  }
}

function serverSpeech(random: Random): Uint8Array[] {
  const failure = bytes(0xfe, 0, 0, random(2), random(256), 0, 0, 0, random(150));
  const whole = [
    bytes(0x09),
    bytes(0x0a),
    bytes(0x01, 0x02),
    bytes(0x0d),
    message(json(resultsOf312, random)),
    bytes(0x0e),
  ];
  return interrupt(whole, [failure, failure.subarray(0, 5), bytes(0xff), bytes(0x0b)], random);
}

function clientSpeech(random: Random): Uint8Array[] {
  const whole = [
    bytes(cookie, 0),
    message(json(random(2) === 0 ? parametersOf312 : ownParameters, random)),
    bytes(0x04),
    message(json(resultsOf312, random)),
    bytes(0x10),
  ];
  return interrupt(whole, [bytes(0x0c), bytes(0x10), bytes('GET / HTTP/1.1\r\n\r\n')], random);
}

/** Sometimes something else stands in the place of what should come. */
function interrupt(parts: Uint8Array[], interruptions: Uint8Array[], random: Random): Uint8Array[] {
  if (random(3) === 0) {
    parts.splice(random(parts.length), 1 + random(2), interruptions[random(interruptions.length)]!);
  }
  return parts;
}

/** The text with some of its tokens exchanged for others. */
function json(text: string, random: Random): string {
  if (random(2) === 0) {
    return text;
  }
  const strange = ['null', '-1', '1e999', '""', '{}', '[]', 'true', '18446744073709551615', '"\\ud800"', 'nan', '[[[['];
  const tokens = text.match(/"[^"]*"|[0-9.]+|true|[[\]{},:]/g)!;
  for (let count = random(4); count >= 0; count--) {
    tokens[random(tokens.length)] = strange[random(strange.length)]!;
  }
  return tokens.join('');
}

function mutate(parts: Uint8Array[], random: Random): Uint8Array[] {
  switch (random(6)) {
    case 0:
      parts.splice(random(parts.length), 1);
      return parts;
    case 1:
      parts.splice(random(parts.length), 0, parts[random(parts.length)]!);
      return parts;
    case 2: {
      const part = Uint8Array.from(parts[random(parts.length)]!);
      part[random(part.length)] = random(256);
      parts[random(parts.length)] = part;
      return parts;
    }
    case 3:
      parts.length = random(parts.length + 1);
      return parts.map((part, index) => (index === parts.length - 1 ? part.subarray(0, random(part.length)) : part));
    default:
      return parts;
  }
}

/** What a peer sends without waiting is one chunk, several, or single bytes; now and then everything at once. */
function cut(parts: Uint8Array[], random: Random): Uint8Array[] {
  if (random(8) === 0) {
    return [bytes(...parts)];
  }
  return parts.flatMap((part) => {
    const chunks: Uint8Array[] = [];
    for (let offset = 0; offset < part.length; ) {
      const length = random(3) === 0 ? 1 : 1 + random(part.length);
      chunks.push(part.subarray(offset, offset + length));
      offset += length;
    }
    return chunks;
  });
}

/** mulberry32: small, and good enough to reach every branch. */
function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
