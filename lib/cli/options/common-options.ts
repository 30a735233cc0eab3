import {
  checkAffinityCore,
  checkIntervalSeconds,
  checkKeepalive,
  checkPort,
  checkRateFormat,
  checkReceiveTimeoutMs,
  checkSendTimeoutMs,
} from '../../configuration/limits.js';
import { leadingCInteger, leadingInteger, leadingNumber } from '../../configuration/quantities.js';
import { iperf3Error } from '../../iperf3-errors.js';
import type { Draft } from '../draft.js';

/** What an option does to the draft. `value` is undefined when an optional argument was left out. */
export type ApplyOption = (draft: Draft, value: string | undefined) => void;

/** The options of both sides. */
export const commonOptions = {
  port: (draft, value = '') => {
    draft.common.port = checkPort(leadingInteger(value));
  },
  format: (draft, value = '') => {
    draft.output.format = checkRateFormat(value);
  },
  interval: (draft, value = '') => {
    draft.common.intervalSeconds = checkIntervalSeconds(leadingNumber(value));
  },
  verbose: (draft) => {
    draft.output.verbose = true;
  },
  json: (draft) => {
    draft.json.whole = true;
  },
  'json-stream': (draft) => {
    draft.json.stream = true;
  },
  'json-stream-full-output': (draft) => {
    draft.output.jsonStreamFullOutput = true;
  },
  server: (draft) => {
    if (draft.role === 'client') throw iperf3Error(1);
    draft.role = 'server';
  },
  client: (draft, value = '') => {
    if (draft.role === 'server') throw iperf3Error(1);
    draft.role = 'client';
    draft.host = value;
  },
  bind: (draft, value) => {
    draft.common.bindHost = value;
  },
  'bind-dev': (draft, value) => {
    draft.common.bindDevice = value;
  },
  cport: (draft, value = '') => {
    draft.client.clientPort = checkPort(leadingInteger(value));
  },
  version4: (draft) => {
    draft.common.family = 4;
  },
  version6: (draft) => {
    draft.common.family = 6;
  },
  file: (draft, value) => {
    draft.common.filePath = value;
  },
  timestamps: (draft, value = '%c ') => {
    draft.output.timestampFormat = value;
  },
  affinity: (draft, value = '') => {
    const comma = value.indexOf(',');
    draft.common.cores = [checkAffinityCore(leadingCInteger(value)?.value ?? Number.NaN)];
    if (comma !== -1) {
      draft.settings.serverAffinity = checkAffinityCore(leadingInteger(value.slice(comma + 1)));
      draft.sawClientOnly = true;
    }
  },
  xbind: (draft, value = '') => {
    draft.common.sctpBindAddresses = [...(draft.common.sctpBindAddresses ?? []), value];
  },
  pidfile: (draft, value) => {
    draft.common.pidFilePath = value;
  },
  logfile: (draft, value) => {
    draft.output.logFilePath = value;
  },
  forceflush: (draft) => {
    draft.output.forceFlush = true;
  },
  'use-pkcs1-padding': (draft) => {
    draft.usePkcs1Padding = true;
  },
  'rcv-timeout': (draft, value = '') => {
    draft.common.receiveTimeoutMs = checkReceiveTimeoutMs(leadingInteger(value));
  },
  'snd-timeout': (draft, value = '') => {
    draft.common.sendTimeoutMs = checkSendTimeoutMs(leadingInteger(value));
  },
  'cntl-ka': (draft, value = '') => {
    const [idleSeconds = 0, intervalSeconds = 0, count = 0] = value.split('/').map(leadingInteger);
    draft.common.controlKeepalive = checkKeepalive({ idleSeconds, intervalSeconds, count });
  },
  mptcp: (draft) => {
    draft.settings.mptcp = true;
  },
  debug: (draft, value) => {
    const level = value === undefined ? 4 : leadingInteger(value);
    draft.common.debugLevel = level < 0 ? 4 : Math.min(level, 4);
  },
} satisfies Record<string, ApplyOption>;
