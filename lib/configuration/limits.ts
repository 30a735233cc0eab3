import { RequestError, type VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { ControlKeepalive, RateFormat } from './configuration.js';
import type { Protocol } from './settings.js';

/**
 * Every limit on a single value, one function each. They return the value they were given, or throw the error that
 * iperf3 3.21 has for it. Comparisons are written so that NaN is refused.
 */

function within(value: number, least: number, most: number, error: () => VnetperfError): number {
  if (value >= least && value <= most) return value;
  throw error();
}

function wholeWithin(value: number, least: number, most: number, error: () => VnetperfError): number {
  if (Number.isInteger(value)) return within(value, least, most, error);
  throw error();
}

/** What only those can get wrong whom no compiler checks. */
export function checkWord<Word extends string>(setting: string, word: Word, words: readonly Word[]): void {
  if (words.includes(word)) return;
  throw new RequestError(`there is no ${setting} '${word}'`, {
    code: 'ERR_SETTING',
    remedy: `Choose one of: ${words.join(', ')}.`,
  });
}

/** 26. */
export function checkPort(port: number): number {
  return wholeWithin(port, 1, 65_535, () => iperf3Error(26));
}

const rateFormats = 'kmgtKMGT';

/** 24. Only the first character is looked at, as iperf3 has it. */
export function checkRateFormat(text: string): RateFormat {
  const letter = text.charAt(0);
  if (letter !== '' && rateFormats.includes(letter)) return letter as RateFormat;
  throw iperf3Error(24);
}

/** 9. 0 switches the reports off. */
export function checkIntervalSeconds(seconds: number): number {
  return seconds === 0 ? 0 : within(seconds, 0.1, 60, () => iperf3Error(9));
}

/** 132, for -A. */
export function checkAffinityCore(core: number): number {
  return wholeWithin(core, 0, 1024, () => iperf3Error(132, { remedy: '-A takes cores from 0 to 1024.' }));
}

/** 31. */
export function checkReceiveTimeoutMs(milliseconds: number): number {
  return wholeWithin(milliseconds, 100, 86_400_000, () =>
    iperf3Error(31, { remedy: '--rcv-timeout takes 100 to 86400000 milliseconds' }),
  );
}

/** 33. */
export function checkSendTimeoutMs(milliseconds: number): number {
  return wholeWithin(milliseconds, 0, 86_400_000, () =>
    iperf3Error(33, { remedy: '--snd-timeout takes 0 to 86400000 milliseconds' }),
  );
}

/** 36: a connection must not be given up before it was first asked whether it lives. */
export function checkKeepalive(keepalive: ControlKeepalive): ControlKeepalive {
  const { idleSeconds, intervalSeconds, count } = keepalive;
  if (idleSeconds !== 0 && idleSeconds <= intervalSeconds * count) throw iperf3Error(36);
  return keepalive;
}

/** 28. 0 = over the whole test. */
export function checkBitrateLimitWindowSeconds(seconds: number): number {
  return seconds === 0 ? 0 : within(seconds, 0.1, 60, () => iperf3Error(28));
}

/** 30. */
export function checkIdleTimeoutSeconds(seconds: number): number {
  return wholeWithin(seconds, 1, 86_400, () => iperf3Error(30, { remedy: '--idle-timeout takes 1 to 86400 seconds.' }));
}

/** 5. 0 = any duration. */
export function checkMaxDurationSeconds(seconds: number): number {
  return wholeWithin(seconds, 0, 86_400, () => iperf3Error(5));
}

/** 29. */
export function checkTimeSkewSeconds(seconds: number): number {
  return within(seconds, Number.MIN_VALUE, Number.MAX_VALUE, () => iperf3Error(29));
}

/** 15. */
export function checkBurst(blocks: number): number {
  return wholeWithin(blocks, 1, 1000, () => iperf3Error(15));
}

/** 5. 0 = no end. */
export function checkDurationSeconds(seconds: number): number {
  return within(seconds, 0, 86_400, () => iperf3Error(5));
}

/** 12. */
export function checkOmitSeconds(seconds: number): number {
  return within(seconds, 0, 600, () => iperf3Error(12));
}

/** 6. A test of no streams, which 3.21 starts and then never ends, is refused in the words of its successor. */
export function checkParallel(streams: number): number {
  return wholeWithin(streams, 1, 128, () =>
    iperf3Error(6, streams > 128 ? {} : { text: 'invalid number of parallel streams (min = 1, max = 128)' }),
  );
}

/** 8. 0 = the kernel tunes. */
export function checkWindowBytes(bytes: number): number {
  return wholeWithin(bytes, 0, 536_870_912, () => iperf3Error(8));
}

/** 10. 0 = the kernel's. */
export function checkMssBytes(bytes: number): number {
  return wholeWithin(bytes, 0, 32_767, () => iperf3Error(10));
}

/** 21. */
export function checkTos(tos: number): number {
  return wholeWithin(tos, 0, 255, () => iperf3Error(21));
}

/** 127. */
export function checkFlowLabel(label: number): number {
  return wholeWithin(label, 1, 0xf_ffff, () => iperf3Error(127, { remedy: 'An IPv6 flow label is 1 to 0xfffff.' }));
}

/**
 * 7 or 20; 0 = not chosen. The limit of 1 MiB is looked at first, for UDP too: `-u -l 2M` is error 7, `-u -l 70000` is 20.
 */
export function checkLengthBytes(bytes: number, protocol: Protocol): number {
  if (bytes === 0) return 0;
  const least = protocol === 'udp' ? Number.NEGATIVE_INFINITY : 1;
  wholeWithin(bytes, least, 1_048_576, () => iperf3Error(7));
  return protocol === 'udp' ? within(bytes, 16, 65_507, () => iperf3Error(20)) : bytes;
}

/** Rates, byte and block counts, times: whatever has no limit of its own but cannot be negative. 38. */
export function checkNotNegative(value: number, subject: string = String(value)): number {
  return within(value, 0, Number.MAX_SAFE_INTEGER, () => iperf3Error(38, { subject }));
}

/** An MTU that carries IPv4 at all (RFC 791: 68) and that Linux lets a virtual interface have. */
export function checkMtuBytes(bytes: number): number {
  return wholeWithin(
    bytes,
    68,
    65_535,
    () =>
      new RequestError(`MTU ${bytes} is not possible (min = 68, max = 65535 bytes)`, {
        code: 'ERR_MTU',
        remedy: 'Give --mtu a number from 68 to 65535; 1500 is what Ethernet has.',
      }),
  );
}

/** What the kernel takes in one sendmmsg() or recvmmsg() (UIO_MAXIOV). */
export const MOST_DATAGRAMS_PER_CALL = 1024;

export function checkBatch(datagrams: number, subject: string = String(datagrams)): number {
  return wholeWithin(
    datagrams,
    1,
    MOST_DATAGRAMS_PER_CALL,
    () =>
      new RequestError(`a batch of ${subject} datagrams is not possible (min = 1, max = ${MOST_DATAGRAMS_PER_CALL})`, {
        code: 'ERR_BATCH',
        remedy: `Give --batch a number from 1 to ${MOST_DATAGRAMS_PER_CALL}.`,
      }),
  );
}

/** More pairs than one machine's cores can serve tell nothing that these do not. */
const MOST_ENDPOINT_PAIRS = 32;

export function checkEndpoints(pairs: number, subject: string = String(pairs)): number {
  return wholeWithin(
    pairs,
    1,
    MOST_ENDPOINT_PAIRS,
    () =>
      new RequestError(`${subject} pairs of endpoints are not possible (min = 1, max = ${MOST_ENDPOINT_PAIRS})`, {
        code: 'ERR_OPTION',
        remedy: `Give --endpoints a number from 1 to ${MOST_ENDPOINT_PAIRS}.`,
      }),
  );
}

/** Each test has threads and sockets of its own; this many make one machine's cores wait for each other long before. */
const MOST_CLIENTS = 256;

export function checkMaxClients(clients: number, subject: string = String(clients)): number {
  return wholeWithin(
    clients,
    1,
    MOST_CLIENTS,
    () =>
      new RequestError(`${subject} clients at once are not possible (min = 1, max = ${MOST_CLIENTS})`, {
        code: 'ERR_MAX_CLIENTS',
        remedy: `Give --max-clients a number from 1 to ${MOST_CLIENTS}.`,
      }),
  );
}
