import { setTimeout as sleep } from 'node:timers/promises';
import { VnetperfError } from '../errors.js';
import { loadNative } from '../platform/load-native.js';
import type { NativeAddon } from '../platform/native.js';
import type { Finding } from './diagnosis/finding.js';
import type { Lab } from './lab.js';
import type { Plan, PlannedEndpoint } from './plan.js';
import { type ProbePath, probePathMtu, probeTcp } from './probe.js';
import { type Hop, type HopState, readHops, readOffloads } from './read-hops.js';

/** What was found true of a network before anything was measured on it. */
export interface VerifiedPath {
  clientAddress: string;
  serverAddress: string;
  /** The largest IPv4 packet that crosses whole, both ways. */
  pathMtuBytes: number;
  /** Every interface on the way from client to server. */
  hops: Hop[];
  /** What was found beside that, no error among it. */
  findings: Finding[];
}

const READY_DEADLINE_MS = 2_000;
const LONGEST_PAUSE_MS = 50;
const PROBE_DEADLINE_MS = 2_000;

/** IPv4's total length is a 16-bit field (RFC 791), whatever the device would take. */
const LARGEST_IPV4_PACKET_BYTES = 65_535;

/**
 * Finds out whether the network carries packets as its plan says: every hop up, attached and of the right MTU, both
 * ends reachable from each other by TCP in every address family, and packets of the full MTU crossing unfragmented.
 * Throws VnetperfError ERR_PATH_DOWN, ERR_PATH_MTU or ERR_PATH_UNREACHABLE: a path that would measure as zero.
 */
export async function verifyPath(plan: Plan, lab: Lab, native: NativeAddon = loadNative()): Promise<VerifiedPath> {
  const [states, offloads] = await Promise.all([readyHops(plan, lab), readOffloads(lab, plan.path)]);
  checkHops(plan, states);
  const pathMtuBytes = await checkReachability(plan, lab, native);
  return {
    clientAddress: plan.client.ipv4,
    serverAddress: plan.server.ipv4,
    pathMtuBytes,
    hops: states.map(({ administrativelyUp: _, carries: __, notForwarding: ___, ...hop }, index) => ({
      ...hop,
      ...(offloads[index] === undefined ? {} : { offloads: offloads[index] }),
    })),
    findings: [],
  };
}

/** Carrier and queues come up in the kernel's own time after `ip link set up` has returned, mostly at once. */
async function readyHops(plan: Plan, lab: Lab): Promise<HopState[]> {
  const deadline = performance.now() + READY_DEADLINE_MS;
  for (let pauseMs = 2; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const states = await readHops(lab, plan.path);
    const waitingHelps = states.every((hop) => hop.administrativelyUp);
    if (!waitingHelps || states.every((hop) => hop.carries) || performance.now() + pauseMs > deadline) return states;
    await sleep(pauseMs);
  }
}

function checkHops(plan: Plan, states: readonly HopState[]): void {
  const nameOf = (hop: HopState) => `${hop.interface} in the namespace ${hop.namespace}`;
  // Causes before effects: an interface that is down takes the carrier of its peer with it.
  const down = states.find((hop) => !hop.administrativelyUp);
  if (down !== undefined) throw pathDown(plan, `${nameOf(down)} is set down`);
  const loose = states.findIndex((hop, index) => hop.master !== plan.path[index]?.master);
  if (loose >= 0) throw pathDown(plan, `${nameOf(states[loose]!)} is not a port of ${plan.path[loose]!.master}`);
  const silent = states.find((hop) => !hop.carries);
  if (silent !== undefined) {
    throw pathDown(plan, `${nameOf(silent)} is up but ${silent.notForwarding ?? 'has no carrier'}`);
  }
  const narrow = states.find((hop) => hop.mtuBytes !== plan.mtuBytes);
  if (narrow !== undefined) {
    throw new VnetperfError(
      `${plan.kind} has an MTU of ${narrow.mtuBytes} bytes at ${nameOf(narrow)}, and ${plan.mtuBytes} was asked for`,
      {
        code: 'ERR_PATH_MTU',
        remedy: 'A hop smaller than the ends drops full packets in silence; give every hop the same MTU.',
      },
    );
  }
}

function pathDown(plan: Plan, what: string): VnetperfError {
  return new VnetperfError(`${plan.kind} carries nothing: ${what}`, {
    code: 'ERR_PATH_DOWN',
    remedy: 'See how it is built with --dry-run, and whether something on this machine changes links by itself.',
  });
}

/** @returns The IPv4 path MTU. */
async function checkReachability(plan: Plan, lab: Lab, native: NativeAddon): Promise<number> {
  const sizes = [];
  for (const { name, path } of probePaths(plan, lab)) {
    // One after another: each takes well under a millisecond, and the first that fails is the one to speak of.
    try {
      await probeTcp(native, path, PROBE_DEADLINE_MS);
    } catch (cause) {
      throw new VnetperfError(`${plan.kind} carries nothing: ${name} does not get through: ${messageOf(cause)}`, {
        code: 'ERR_PATH_UNREACHABLE',
        remedy: 'Look for packet filters and routes that reach into new namespaces.',
        cause,
      });
    }
    try {
      const bytes = await probePathMtu(native, path, plan.mtuBytes, PROBE_DEADLINE_MS);
      if (path.family === 4) sizes.push(bytes);
    } catch (cause) {
      throw new VnetperfError(
        `${plan.kind} loses packets of its own MTU, ${plan.mtuBytes} bytes: ${name}: ${messageOf(cause)}`,
        {
          code: 'ERR_PATH_MTU',
          remedy: 'TCP would start on such a path and then stop; give every hop the same MTU.',
          cause,
        },
      );
    }
  }
  return Math.min(LARGEST_IPV4_PACKET_BYTES, ...sizes);
}

function probePaths(plan: Plan, lab: Lab): { name: string; path: ProbePath }[] {
  const both: [PlannedEndpoint, PlannedEndpoint, string][] = [
    [plan.client, plan.server, 'client to server'],
    [plan.server, plan.client, 'server to client'],
  ];
  return both.flatMap(([from, to, direction]) => {
    const ends = { from: lab.namespace(from.namespace), to: lab.namespace(to.namespace) };
    const paths: { name: string; path: ProbePath }[] = [
      { name: `${direction} over IPv4`, path: { ...ends, host: to.ipv4, family: 4 } },
    ];
    if (to.ipv6 !== undefined) {
      paths.push({ name: `${direction} over IPv6`, path: { ...ends, host: to.ipv6, family: 6 } });
    }
    return paths;
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
