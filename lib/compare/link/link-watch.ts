import type { PinnedCores } from '../../configuration/cores.js';
import type { LinkCounters } from '../../topology/hosts/link-counters.js';
import type { Network } from '../../topology/network.js';
import type { PlannedLink } from '../../topology/plan.js';
import type { Hop } from '../../topology/read-hops.js';
import { RECEIVE_CORES_REFUSED } from '../../topology/receive-cores.js';

/** What is known of a link beside the test that ran over it. */
export interface LinkSurroundings {
  planned: PlannedLink;
  /** Of the ends, as far as packets cross whole. */
  mtuBytes: number;
  family: 4 | 6;
  /** Every interface on the way from client to server. */
  hops: readonly Hop[];
  /** Cores whose work is one host's. */
  hostCores?: PlannedLink['hostCores'];
  /** Sent meanwhile by the client's host and by the server's. */
  sent: readonly [LinkCounters, LinkCounters];
}

/**
 * Begins to watch the link of a network across two hosts.
 * @returns what ends it; to be called when the test is over.
 */
export async function watchLink(
  { link: planned, linkCounters, path, findings }: Network,
  { pin, ipv6 }: { pin: PinnedCores; ipv6: boolean },
): Promise<() => Promise<LinkSurroundings | undefined>> {
  if (planned === undefined || linkCounters === undefined) return async () => undefined;
  const isSteered = !findings.some(({ code }) => code === RECEIVE_CORES_REFUSED);
  const before = await linkCounters();
  return async () => {
    const after = await linkCounters();
    const sentBy = (end: 0 | 1): LinkCounters => ({
      packets: after[end].packets - before[end].packets,
      bytes: after[end].bytes - before[end].bytes,
    });
    return {
      planned,
      mtuBytes: path.pathMtuBytes,
      family: ipv6 ? 6 : 4,
      hops: path.hops,
      hostCores: isSteered && isWithin(planned.hostCores, pin) ? planned.hostCores : undefined,
      sent: [sentBy(0), sentBy(1)],
    };
  };
}

/** An end that runs elsewhere than its host receives makes cores whose work is nobody's. */
function isWithin(hostCores: PlannedLink['hostCores'], pin: PinnedCores): boolean {
  return (['client', 'server'] as const).every(
    (end) => pin[end].length > 0 && pin[end].every((core) => hostCores?.[end].includes(core)),
  );
}
