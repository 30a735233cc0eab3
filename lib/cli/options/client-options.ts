import { parseDscp } from '../../configuration/dscp.js';
import {
  checkBurst,
  checkDurationSeconds,
  checkFlowLabel,
  checkMssBytes,
  checkNotNegative,
  checkOmitSeconds,
  checkParallel,
  checkTos,
  checkWindowBytes,
} from '../../configuration/limits.js';
import { leadingCInteger, leadingInteger, parseRate, parseSize } from '../../configuration/quantities.js';
import { iperf3Error } from '../../iperf3-errors.js';
import type { ApplyOption } from './common-options.js';

/** The client's options. Whatever a test needs at both ends goes into its settings. */
export const clientOptions = {
  udp: (draft) => {
    draft.settings.protocol = 'udp';
  },
  sctp: (draft) => {
    draft.settings.protocol = 'sctp';
  },
  // In iperf3 3.21 this also sets the rate, for want of a break between two cases.
  nstreams: (draft, value = '') => {
    draft.client.sctpStreams = checkNotNegative(parseSize(value), value);
  },
  'connect-timeout': (draft, value = '') => {
    draft.client.connectTimeoutMs = checkNotNegative(parseSize(value), value);
  },
  bitrate: (draft, value = '') => {
    const slash = value.indexOf('/');
    if (slash !== -1) draft.settings.burst = checkBurst(leadingInteger(value.slice(slash + 1)));
    const rate = slash === -1 ? value : value.slice(0, slash);
    draft.settings.rateBitsPerSecond = checkNotNegative(parseRate(rate), rate);
  },
  'pacing-timer': (draft, value = '') => {
    draft.settings.pacingTimerMicroseconds = checkNotNegative(parseSize(value), value);
  },
  'fq-rate': (draft, value = '') => {
    draft.settings.fqRateBitsPerSecond = checkNotNegative(parseRate(value), value);
  },
  'no-fq-socket-pacing': (draft) => {
    draft.settings.fqRateBitsPerSecond = 0;
    draft.notices.push('Warning:  --no-fq-socket-pacing is deprecated');
  },
  time: (draft, value = '') => {
    draft.settings.durationSeconds = checkDurationSeconds(leadingInteger(value));
  },
  bytes: (draft, value = '') => {
    draft.settings.bytes = checkNotNegative(parseSize(value), value);
  },
  blockcount: (draft, value = '') => {
    draft.settings.blocks = checkNotNegative(parseSize(value), value);
  },
  // The limit depends on the protocol, which may follow.
  length: (draft, value = '') => {
    draft.settings.lengthBytes = parseSize(value);
  },
  parallel: (draft, value = '') => {
    draft.settings.parallel = checkParallel(leadingInteger(value));
  },
  reverse: (draft) => {
    if (draft.settings.direction === 'bidirectional') throw iperf3Error(25);
    draft.settings.direction = 'reverse';
  },
  bidir: (draft) => {
    if (draft.settings.direction === 'reverse') throw iperf3Error(25);
    draft.settings.direction = 'bidirectional';
  },
  window: (draft, value = '') => {
    draft.settings.windowBytes = checkWindowBytes(parseSize(value));
  },
  'set-mss': (draft, value = '') => {
    draft.settings.mssBytes = checkMssBytes(leadingInteger(value));
  },
  'no-delay': (draft) => {
    draft.settings.noDelay = true;
  },
  tos: (draft, value = '') => {
    draft.settings.tos = checkTos(leadingCInteger(value)?.value ?? Number.NaN);
  },
  dscp: (draft, value = '') => {
    draft.settings.tos = parseDscp(value);
  },
  'extra-data': (draft, value) => {
    draft.settings.extraData = value;
  },
  flowlabel: (draft, value = '') => {
    draft.settings.flowLabel = checkFlowLabel(leadingCInteger(value)?.value ?? Number.NaN);
  },
  zerocopy: (draft) => {
    draft.settings.sendPath = 'sendfile';
  },
  'skip-rx-copy': (draft) => {
    draft.settings.receivePath = 'discard';
    draft.asksForDiscard = false;
  },
  omit: (draft, value = '') => {
    draft.settings.omitSeconds = checkOmitSeconds(leadingInteger(value));
  },
  'repeating-payload': (draft) => {
    draft.settings.repeatingPayload = true;
  },
  title: (draft, value) => {
    draft.settings.title = value;
  },
  congestion: (draft, value) => {
    draft.settings.congestion = value;
  },
  'get-server-output': (draft) => {
    draft.settings.getServerOutput = true;
  },
  'udp-counters-64bit': (draft) => {
    draft.settings.udpCounters64Bit = true;
  },
  'dont-fragment': (draft) => {
    draft.settings.dontFragment = true;
  },
  gsro: (draft) => {
    draft.settings.gso = true;
    draft.settings.gro = true;
  },
  username: (draft, value) => {
    draft.client.credentials = { ...draft.client.credentials, username: value };
  },
  'rsa-public-key-path': (draft, value) => {
    draft.client.credentials = { ...draft.client.credentials, rsaPublicKeyPath: value };
  },
} satisfies Record<string, ApplyOption>;
