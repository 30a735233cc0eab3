import type { GapStatistics } from '../platform/native.js';
import { isJsonObject, WireObject } from '../protocol/wire-json.js';
import type { CorePercent, StreamFacts, StreamIdentity, VnetperfFacts } from './events.js';

const MOST_CORES = 8192;
const LONGEST_TEXT = 200;

/**
 * What the peer says of its end of these streams, where it is a vnetperf of any version. It comes from the network: what
 * is not of its type counts as not said, and no more is taken than the test has streams and a machine has cores.
 */
export function peerFacts(said: unknown, streams: readonly StreamIdentity[]): VnetperfFacts['peer'] {
  if (!isJsonObject(said)) return undefined;
  const facts = new WireObject(said, []);
  const version = text(facts, 'version');
  const told = facts.array('streams');
  const cores = facts.array('cores');
  if (version === undefined || told === undefined || cores === undefined) return undefined;
  const objects = told.slice(0, streams.length).filter(isJsonObject);
  return {
    version,
    streams: objects.map((stream) => new WireObject(stream, [])).flatMap((stream) => streamFacts(stream, streams)),
    cores: cores
      .slice(0, MOST_CORES)
      .filter(isJsonObject)
      .map((core) => corePercent(new WireObject(core, []))),
    mergedTicks: amount(facts, 'mergedTicks') ?? 0,
  };
}

function streamFacts(said: WireObject, streams: readonly StreamIdentity[]): StreamFacts[] {
  const own = streams.find(({ id }) => id === said.number('id'));
  const role = own?.sender ? 'receiver' : 'sender';
  if (own === undefined || said.text('role') !== role) return [];
  const pin = part(said, 'pin');
  const cpu = part(said, 'cpu');
  const limits = part(said, 'tcpLimits');
  const zeroCopy = part(said, 'zeroCopy');
  const gaps = part(said, 'gaps');
  const packets = amount(said, 'packets');
  const receiveCore = amount(said, 'receiveCore');
  const pathReason = text(said, 'pathReason');
  const segmentationRefused = said.boolean('segmentationRefused') ?? false;
  return [
    {
      id: own.id,
      socket: amount(said, 'socket') ?? 0,
      role,
      pin: { asked: pin === undefined ? [] : amounts(pin, 'asked'), got: pin === undefined ? [] : amounts(pin, 'got') },
      bytesByCore: (said.array('bytesByCore') ?? [])
        .slice(0, MOST_CORES)
        .filter(isJsonObject)
        .map((share) => new WireObject(share, []))
        .map((share) => ({ core: amount(share, 'core') ?? 0, bytes: amount(share, 'bytes') ?? 0 })),
      migrations: amount(said, 'migrations') ?? 0,
      path: text(said, 'path') ?? '',
      ...(pathReason === undefined ? {} : { pathReason }),
      calls: amount(said, 'calls') ?? 0,
      ...(packets === undefined ? {} : { packets }),
      ...(segmentationRefused ? { segmentationRefused } : {}),
      ...(zeroCopy === undefined
        ? {}
        : {
            zeroCopy: {
              zeroCopiedBytes: amount(zeroCopy, 'zeroCopiedBytes') ?? 0,
              copiedBytes: amount(zeroCopy, 'copiedBytes') ?? 0,
            },
          }),
      firstByteSeconds: amount(said, 'firstByteSeconds') ?? 0,
      ...(gaps === undefined ? {} : { gaps: gapStatistics(gaps) }),
      congestion: text(said, 'congestion'),
      paced: said.boolean('paced') ?? false,
      socketBufferDrops: amount(said, 'socketBufferDrops') ?? 0,
      duplicates: amount(said, 'duplicates') ?? 0,
      cpu: {
        userSeconds: (cpu && amount(cpu, 'userSeconds')) ?? 0,
        systemSeconds: (cpu && amount(cpu, 'systemSeconds')) ?? 0,
      },
      ...(receiveCore === undefined ? {} : { receiveCore }),
      ...(limits === undefined
        ? {}
        : {
            tcpLimits: amountsOf(limits, ['busySeconds', 'receiveWindowLimitedSeconds', 'sendBufferLimitedSeconds']),
          }),
      mssBytes: amount(said, 'mssBytes') ?? 0,
    },
  ];
}

function gapStatistics(said: WireObject): GapStatistics {
  return amountsOf(said, [
    'count',
    'minMicroseconds',
    'meanMicroseconds',
    'standardDeviationMicroseconds',
    'medianMicroseconds',
    'p99Microseconds',
    'maxMicroseconds',
  ]);
}

function corePercent(said: WireObject): CorePercent {
  return amountsOf(said, ['core', 'user', 'system', 'irq', 'softirq', 'steal', 'idle']);
}

/** What is missing, or no amount, counts as 0. */
function amountsOf<Key extends string>(said: WireObject, keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, amount(said, key) ?? 0])) as Record<Key, number>;
}

function part(said: WireObject, name: string): WireObject | undefined {
  const object = said.object(name);
  return object === undefined ? undefined : new WireObject(object, []);
}

/** Finite and not negative. */
function amount(said: WireObject, name: string): number | undefined {
  const number = said.number(name);
  return isAmount(number) ? number : undefined;
}

function amounts(said: WireObject, name: string): number[] {
  return (said.array(name) ?? []).slice(0, MOST_CORES).filter(isAmount);
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** Short, and without what a terminal would take for a command. */
function text(said: WireObject, name: string): string | undefined {
  return said
    .text(name)
    ?.slice(0, LONGEST_TEXT)
    .replaceAll(/\p{C}+/gu, ' ');
}
