import { iperf3Error } from '../iperf3-errors.js';
import type { JsonObject } from './json-message.js';
import { finite, isJsonObject, WireObject, wellFormed, wholeNumber } from './wire-json.js';

/** What one side tells the other when the test is over. */
export interface PeerResults {
  /** The process's CPU time over the time of the test, percent; above 100 with several threads. */
  cpu: { total: number; user: number; system: number };
  /** 1: this side sends TCP and counts retransmits; 0: it sends and does not; -1: it only receives. */
  senderHasRetransmits: number;
  /** TCP: the congestion control in use. */
  congestionUsed?: string | undefined;
  /** Server to client, where get_server_output was asked. */
  serverOutput?: { json: unknown } | { text: string } | undefined;
  streams: PeerStreamResults[];
  /** Between two vnetperfs. iperf3 skips keys that it does not know. */
  vnetperf?: unknown;
}

interface PeerStreamResults {
  /** 1, 3, 4, 5 ... in the order in which the streams were connected. */
  id: number;
  /** Sent or received after the omit period. */
  bytes: number;
  /** TCP sender, after the omit period; -1 = unknown. */
  retransmits: number;
  jitterSeconds: number;
  /** UDP receiver: lost datagrams, those of the omit period included. */
  errors: number;
  /** undefined: the peer does not tell (iperf3 up to 3.13). */
  omittedErrors?: number | undefined;
  /** UDP: datagrams sent, or the highest sequence number seen; those of the omit period included. */
  packets: number;
  /** There when omittedErrors is. */
  omittedPackets?: number | undefined;
  startTimeSeconds: number;
  /** Since the end of the omit period; 0 from an iperf3 before 3.2. */
  endTimeSeconds: number;
}

export interface DecodedResults {
  results: PeerResults;
  /** What the peer sent of a wrong type, a sentence each. */
  warnings: string[];
}

export function encodeResults(results: PeerResults): JsonObject {
  const json: JsonObject = {
    cpu_util_total: finite(results.cpu.total),
    cpu_util_user: finite(results.cpu.user),
    cpu_util_system: finite(results.cpu.system),
    sender_has_retransmits: wholeNumber(results.senderHasRetransmits),
  };
  if (results.congestionUsed !== undefined) {
    json.congestion_used = wellFormed(results.congestionUsed);
  }
  if (results.serverOutput !== undefined) {
    if ('json' in results.serverOutput) {
      json.server_output_json = results.serverOutput.json;
    } else {
      json.server_output_text = wellFormed(results.serverOutput.text);
    }
  }
  json.streams = results.streams.map(encodeStream);
  if (results.vnetperf !== undefined) {
    json.vnetperf = results.vnetperf;
  }
  return json;
}

/** @throws VnetperfError (iperf3's 117) when something is missing without which the results say nothing. */
export function decodeResults(json: JsonObject): DecodedResults {
  const warnings: string[] = [];
  const message = new WireObject(json, warnings);
  const results: PeerResults = {
    cpu: {
      total: required('cpu_util_total', message.real('cpu_util_total')),
      user: required('cpu_util_user', message.real('cpu_util_user')),
      system: required('cpu_util_system', message.real('cpu_util_system')),
    },
    senderHasRetransmits: required('sender_has_retransmits', message.integer('sender_has_retransmits')),
    streams: required('streams', message.array('streams')).map((stream, index) =>
      decodeStream(stream, index, warnings),
    ),
  };
  const congestionUsed = message.text('congestion_used');
  if (congestionUsed !== undefined) {
    results.congestionUsed = congestionUsed;
  }
  const outputJson = message.object('server_output_json');
  const outputText = message.text('server_output_text');
  if (outputJson !== undefined) {
    results.serverOutput = { json: outputJson };
  } else if (outputText !== undefined) {
    results.serverOutput = { text: outputText };
  }
  const vnetperf = message.object('vnetperf');
  if (vnetperf !== undefined) {
    results.vnetperf = vnetperf;
  }
  return { results, warnings };
}

function encodeStream(stream: PeerStreamResults): JsonObject {
  return {
    id: wholeNumber(stream.id),
    bytes: wholeNumber(stream.bytes),
    retransmits: wholeNumber(stream.retransmits),
    jitter: finite(stream.jitterSeconds),
    errors: wholeNumber(stream.errors),
    // Without this pair a receiver that is an iperf3 takes all of the sender's datagrams for omitted.
    omitted_errors: wholeNumber(stream.omittedErrors ?? 0),
    packets: wholeNumber(stream.packets),
    omitted_packets: wholeNumber(stream.omittedPackets ?? 0),
    start_time: finite(stream.startTimeSeconds),
    end_time: finite(stream.endTimeSeconds),
  };
}

function decodeStream(json: unknown, index: number, warnings: string[]): PeerStreamResults {
  const where = `streams[${index}].`;
  if (!isJsonObject(json)) {
    throw missing(`streams[${index}]`);
  }
  const message = new WireObject(json, warnings, where);
  const needed = (name: string) => required(where + name, message.integer(name));
  const stream: PeerStreamResults = {
    id: needed('id'),
    bytes: needed('bytes'),
    retransmits: needed('retransmits'),
    jitterSeconds: required(`${where}jitter`, message.real('jitter')),
    errors: needed('errors'),
    packets: needed('packets'),
    startTimeSeconds: message.real('start_time') ?? 0,
    endTimeSeconds: message.real('end_time') ?? 0,
  };
  const omittedErrors = message.integer('omitted_errors');
  const omittedPackets = message.integer('omitted_packets');
  if ((omittedErrors === undefined) !== (omittedPackets === undefined)) {
    throw missing(where + (omittedErrors === undefined ? 'omitted_errors' : 'omitted_packets'));
  }
  if (omittedErrors !== undefined) {
    stream.omittedErrors = omittedErrors;
    stream.omittedPackets = omittedPackets;
  }
  return stream;
}

function required<Value>(name: string, value: Value | undefined): Value {
  if (value === undefined) {
    throw missing(name);
  }
  return value;
}

function missing(name: string): Error {
  return iperf3Error(117, {
    context: `the peer's results have no usable ${name}`,
    remedy: 'Check that the other side is iperf3 3.1 or later, or vnetperf.',
  });
}
