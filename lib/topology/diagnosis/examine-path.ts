import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeAddon } from '../../platform/native.js';
import type { Offloads } from '../offloads.js';
import { type HopState, readHops, readOffloadsOf } from '../read-hops.js';
import { type Direction, tryDirections } from './directions.js';
import { gatherEvidence } from './evidence.js';
import { hopFindings } from './hop-findings.js';
import type { PathFacts } from './path-facts.js';
import type { OpenNamespaces, Subject, SubjectEnd } from './subject.js';

const READY_DEADLINE_MS = 2_000;
const LONGEST_PAUSE_MS = 50;

/**
 * Looks at every hop and tries every direction. Throws VnetperfError ERR_PATH_DOWN when an interface of the path is
 * not there; whatever else is wrong is in the facts.
 * @param inquire Gather evidence even where everything gets through.
 */
export async function examinePath(
  subject: Subject,
  open: OpenNamespaces,
  native: NativeAddon,
  { inquire = false }: { inquire?: boolean } = {},
): Promise<PathFacts> {
  const [states, offloads] = await Promise.all([
    readyHops(subject, open),
    readOffloadsOf(open, [...new Set(subject.path.map((hop) => hop.namespace))]),
  ]);
  const hops = states.map((hop) => withOffloads(hop, offloads));
  const blocked = hopFindings(subject, hops).length > 0;
  const wantedBytes = (direction: Direction) => subject.mtuBytes ?? mtuOf(direction.from, hops);
  const directions = blocked ? [] : await tryDirections(subject, open, wantedBytes, native);
  // One inquiry: many directions mostly have one cause.
  const failed = directions.find(({ failure }) => failure !== undefined) ?? (inquire ? directions[0] : undefined);
  const evidence = failed === undefined ? [] : [await gatherEvidence(failed, subject, hops, open, native)];
  return {
    subject,
    hops,
    directions,
    congestion: {
      client: defaultCongestion(subject.client, open, native),
      server: defaultCongestion(subject.server, open, native),
    },
    evidence,
  };
}

/** Carrier and queues come up in the kernel's own time after `ip link set up` has returned, mostly at once. */
async function readyHops({ path }: Subject, open: OpenNamespaces): Promise<HopState[]> {
  const deadline = performance.now() + READY_DEADLINE_MS;
  for (let pauseMs = 2; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const states = await readHops(open, path);
    const waitingHelps = states.every((hop) => hop.administrativelyUp);
    if (!waitingHelps || states.every((hop) => hop.carries) || performance.now() + pauseMs > deadline) return states;
    await sleep(pauseMs);
  }
}

function withOffloads(hop: HopState, offloads: ReadonlyMap<string, ReadonlyMap<string, Offloads>>): HopState {
  const known = offloads.get(hop.namespace)?.get(hop.interface);
  return known === undefined ? hop : { ...hop, offloads: known };
}

function mtuOf(end: SubjectEnd, hops: readonly HopState[]): number {
  const own = hops.find((hop) => hop.namespace === end.namespace && hop.interface === end.interface);
  return own?.mtuBytes ?? Math.min(...hops.map((hop) => hop.mtuBytes));
}

/** What a socket is born with there; the sysctl's file cannot be read from outside the namespace. */
function defaultCongestion({ namespace }: SubjectEnd, open: OpenNamespaces, native: NativeAddon): string | undefined {
  try {
    const socket = native.openSocket({ protocol: 'tcp', family: 4, namespace: open.namespace(namespace).fd });
    const { congestion } = socket.facts();
    socket.close();
    return congestion;
  } catch {
    return undefined;
  }
}
