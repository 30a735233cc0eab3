import { MOST_DATAGRAMS_PER_CALL } from '../configuration/limits.js';
import {
  type Direction,
  defaultSettings,
  type Protocol,
  receivePaths,
  sendPaths,
  type TestSettings,
} from '../configuration/settings.js';
import type { JsonObject } from './json-message.js';
import { WireObject, wellFormed, wholeNumber } from './wire-json.js';

/** The version of iperf3 that our messages are those of. */
const CLIENT_VERSION = '3.21';

const LARGEST_DATAGRAM_BYTES = 65_507;
/** What every kernel with UDP_SEGMENT takes in one send; later ones take 128. */
const GSO_SEGMENTS = 64;

export interface DecodedParameters {
  settings: TestSettings;
  /** What the peer sent of a wrong type, a sentence each. */
  warnings: string[];
}

/** The parameter message. `lengthBytes` must have been chosen: 0 is not sent, and old servers then take their own default. */
export function encodeParameters(settings: TestSettings): JsonObject {
  const json: JsonObject = {};
  const always = (name: string, value: number) => {
    json[name] = wholeNumber(value);
  };
  // iperf3 checks the range of every key it gets, so 0 for "not asked" would be refused (burst, flowlabel).
  const unlessZero = (name: string, value: number) => {
    if (wholeNumber(value) !== 0) {
      json[name] = wholeNumber(value);
    }
  };
  const given = (name: string, value: string | undefined) => {
    if (value !== undefined) {
      json[name] = wellFormed(value);
    }
  };
  // Two kinds of flag, and each is refused in the form of the other.
  const flagAsTrue = (name: string, value: boolean) => {
    if (value) {
      json[name] = true;
    }
  };
  const flagAsOne = (name: string, value: boolean) => {
    if (value) {
      json[name] = 1;
    }
  };

  flagAsTrue(settings.protocol, true);
  always('omit', settings.omitSeconds);
  if (settings.serverAffinity !== undefined) {
    always('server_affinity', settings.serverAffinity);
  }
  always('time', settings.durationSeconds);
  always('num', settings.bytes);
  always('blockcount', settings.blocks);
  unlessZero('MSS', settings.mssBytes);
  flagAsTrue('nodelay', settings.noDelay);
  always('parallel', settings.parallel);
  flagAsTrue('reverse', settings.direction === 'reverse');
  flagAsTrue('bidirectional', settings.direction === 'bidirectional');
  flagAsTrue('mptcp', settings.mptcp);
  unlessZero('window', settings.windowBytes);
  unlessZero('len', settings.lengthBytes);
  unlessZero('bandwidth', settings.rateBitsPerSecond);
  unlessZero('fqrate', settings.fqRateBitsPerSecond);
  unlessZero('pacing_timer', settings.pacingTimerMicroseconds);
  unlessZero('burst', settings.burst);
  if (settings.protocol === 'udp') {
    Object.assign(json, segmentation(settings));
  }
  unlessZero('TOS', settings.tos);
  unlessZero('flowlabel', settings.flowLabel);
  given('title', settings.title);
  given('extra_data', settings.extraData);
  given('congestion', settings.congestion);
  flagAsOne('get_server_output', settings.getServerOutput);
  flagAsOne('udp_counters_64bit', settings.udpCounters64Bit);
  flagAsOne('repeating_payload', settings.repeatingPayload);
  // An iperf3 takes its nearest for what it has no word for: sendfile, and discarding where that is left to choose.
  flagAsOne('zerocopy', settings.sendPath !== 'copy');
  flagAsOne('dont_fragment', settings.dontFragment);
  flagAsOne('skip_rx_copy', settings.receivePath === 'discard' || settings.receivePath === 'auto');
  given('authtoken', settings.authToken);
  json.client_version = CLIENT_VERSION;
  const own = ownParameters(settings);
  if (Object.keys(own).length > 0) {
    json.vnetperf = own;
  }
  return json;
}

/** The test that a parameter message describes. What it does not name is as in {@link defaultSettings}. */
export function decodeParameters(json: JsonObject): DecodedParameters {
  const warnings: string[] = [];
  const message = new WireObject(json, warnings);
  const defaults = defaultSettings();
  const integer = (name: string, absent: number) => message.integer(name) ?? absent;
  const flag = (name: string) => (message.number(name) ?? 0) !== 0;

  const settings: TestSettings = {
    protocol: decodeProtocol(message, defaults.protocol),
    direction: decodeDirection(message, warnings),
    omitSeconds: integer('omit', defaults.omitSeconds),
    durationSeconds: integer('time', defaults.durationSeconds),
    bytes: integer('num', defaults.bytes),
    blocks: integer('blockcount', defaults.blocks),
    parallel: integer('parallel', defaults.parallel),
    lengthBytes: integer('len', defaults.lengthBytes),
    rateBitsPerSecond: integer('bandwidth', defaults.rateBitsPerSecond),
    burst: integer('burst', defaults.burst),
    fqRateBitsPerSecond: integer('fqrate', defaults.fqRateBitsPerSecond),
    pacingTimerMicroseconds: integer('pacing_timer', defaults.pacingTimerMicroseconds),
    windowBytes: integer('window', defaults.windowBytes),
    mssBytes: integer('MSS', defaults.mssBytes),
    noDelay: message.boolean('nodelay') ?? defaults.noDelay,
    mptcp: message.boolean('mptcp') ?? defaults.mptcp,
    tos: integer('TOS', defaults.tos),
    flowLabel: integer('flowlabel', defaults.flowLabel),
    getServerOutput: flag('get_server_output'),
    udpCounters64Bit: flag('udp_counters_64bit'),
    repeatingPayload: flag('repeating_payload'),
    sendPath: flag('zerocopy') ? 'sendfile' : 'copy',
    receivePath: flag('skip_rx_copy') ? 'discard' : 'copy',
    batch: 0,
    dontFragment: flag('dont_fragment'),
    gso: flag('gso'),
    gro: flag('gro'),
  };
  assignGiven(settings, {
    congestion: message.text('congestion'),
    title: message.text('title'),
    extraData: message.text('extra_data'),
    serverAffinity: message.integer('server_affinity'),
    authToken: message.text('authtoken'),
    clientVersion: message.text('client_version'),
  });
  decodeOwnParameters(message, settings, warnings);
  return { settings, warnings };
}

/** What iperf3 has no word for, for the key that it does not know. */
function ownParameters({ sendPath, receivePath, batch }: TestSettings): JsonObject {
  return {
    ...(sendPath === 'copy' || sendPath === 'sendfile' ? {} : { send_path: sendPath }),
    ...(receivePath === 'copy' || receivePath === 'discard' ? {} : { receive_path: receivePath }),
    ...(batch === 0 ? {} : { batch: wholeNumber(batch) }),
  };
}

/** From a stranger, or from a later version: what is not understood is left at what iperf3's keys say. */
function decodeOwnParameters(message: WireObject, settings: TestSettings, warnings: string[]): void {
  const json = message.object('vnetperf');
  if (json === undefined) {
    return;
  }
  const own = new WireObject(json, warnings, 'vnetperf.');
  const known = <Path extends string>(name: string, paths: readonly Path[], otherwise: Path): Path => {
    const asked = own.text(name);
    const path = paths.find((candidate) => candidate === asked);
    if (asked !== undefined && path === undefined) {
      warnings.push(
        `the peer asked for a ${name.replace('_', ' ')} that this version does not know, ${otherwise} is used`,
      );
    }
    return path ?? otherwise;
  };
  settings.sendPath = known('send_path', sendPaths, settings.sendPath);
  settings.receivePath = known('receive_path', receivePaths, settings.receivePath);
  const batch = own.integer('batch') ?? 0;
  if (batch >= 0 && batch <= MOST_DATAGRAMS_PER_CALL) {
    settings.batch = batch;
  } else {
    warnings.push(`the peer asked for a batch that is not 1 to ${MOST_DATAGRAMS_PER_CALL} datagrams, ignored`);
  }
}

/** 3.21 sends these with every UDP test. A server that sends (-R) takes the size of its batches from here. */
function segmentation(settings: TestSettings): JsonObject {
  const length = wholeNumber(settings.lengthBytes);
  const segments = length > 0 ? Math.min(GSO_SEGMENTS, Math.floor(LARGEST_DATAGRAM_BYTES / length)) : 0;
  const segmented = settings.gso && segments > 0;
  return {
    gso: settings.gso ? 1 : 0,
    gso_dg_size: segmented ? length : 0,
    gso_bf_size: segmented ? segments * length : LARGEST_DATAGRAM_BYTES,
    gro: settings.gro ? 1 : 0,
    gro_bf_size: LARGEST_DATAGRAM_BYTES,
  };
}

/** One is sent; were there several, iperf3 looks at them in this order and keeps the last. */
function decodeProtocol(message: WireObject, absent: Protocol): Protocol {
  const named = (['tcp', 'udp', 'sctp'] as const).filter((protocol) => message.boolean(protocol) === true);
  return named.at(-1) ?? absent;
}

function decodeDirection(message: WireObject, warnings: string[]): Direction {
  const reverse = message.boolean('reverse') === true;
  const bidirectional = message.boolean('bidirectional') === true;
  if (reverse && bidirectional) {
    warnings.push('the peer asked for reverse and for bidirectional, taken as bidirectional');
  }
  if (bidirectional) {
    return 'bidirectional';
  }
  return reverse ? 'reverse' : 'forward';
}

/** A key that was not sent stays absent, so that a decoded test equals the one that was encoded. */
function assignGiven(settings: TestSettings, optional: Partial<TestSettings>): void {
  const given = Object.entries(optional).filter(([, value]) => value !== undefined);
  Object.assign(settings, Object.fromEntries(given));
}
