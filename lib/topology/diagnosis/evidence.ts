import type { NativeAddon } from '../../platform/native.js';
import { probeTcp } from '../probe.js';
import type { HopState } from '../read-hops.js';
import { type Direction, probePath } from './directions.js';
import { droppingRules, type FilterRule, ruleCounts } from './dropping-rules.js';
import { missingForwardingEntries } from './forwarding-entries.js';
import { type ForwardingGap, forwardingGaps } from './forwarding-gaps.js';
import { KernelTables, type Neighbour, type Route } from './kernel-tables.js';
import { passagesOf } from './passages.js';
import type { OpenNamespaces, Subject } from './subject.js';

/** What can be seen from the side of a direction that nothing crosses. */
export interface Evidence {
  /** Its name. */
  direction: string;
  host: string;
  sender: { namespace: string; interface: string; txChecksum: boolean | undefined };
  /** Packets with wrong checksums that the receiving kernel counted during one more try. */
  checksumErrors: number;
  route: Route;
  neighbour: Neighbour | undefined;
  /** Namespaces between the two that have to route and do not. */
  routersOff: { namespace: string; family: 4 | 6 }[];
  /** Routes, neighbours and forwarding entries that are missing on the way there and back, in their order. */
  gaps: ForwardingGap[];
  /** VXLAN devices that are near the way, but not known to be on it, and do not know where the receiver is. */
  missingEntries: { namespace: string; device: string; mac: string }[];
  /** Rules that drop or reject; those first that counted something during one more try. */
  filters: FilterRule[];
}

/** Short: what fails has failed for two seconds before, and what counts it counts the first packet. */
const ANOTHER_TRY_MS = 300;

export async function gatherEvidence(
  direction: Direction,
  subject: Subject,
  hops: readonly HopState[],
  open: OpenNamespaces,
  native: NativeAddon,
): Promise<Evidence> {
  const { from, to, host, family } = direction;
  const between = [...new Set([from.namespace, ...hops.map((hop) => hop.namespace), to.namespace])];
  const [checksumsBefore, rulesBefore] = await Promise.all([
    checksumErrors(to.namespace, open),
    droppingRules(between, family, open),
  ]);
  await probeTcp(native, probePath(direction, open), ANOTHER_TRY_MS).catch(() => {});
  const tables = new KernelTables(open);
  const followed = hops.some(({ kind }) => kind === 'vxlan');
  const [checksumsAfter, rulesAfter, route, routersOff, gaps, missingEntries] = await Promise.all([
    checksumErrors(to.namespace, open),
    droppingRules(between, family, open),
    tables.route(from.namespace, host),
    routersThatDoNot(direction, subject, hops, open),
    forwardingGaps(direction, subject, hops, open),
    followed ? [] : missingForwardingEntries(between, to, open),
  ]);
  const hop = hops.find((one) => one.namespace === from.namespace && one.interface === from.interface);
  return {
    direction: direction.name,
    host,
    sender: { namespace: from.namespace, interface: from.interface, txChecksum: hop?.offloads?.txChecksum },
    checksumErrors: checksumsAfter - checksumsBefore,
    route,
    neighbour: await tables.neighbour(from.namespace, route.device ?? from.interface, route.gateway ?? host),
    routersOff,
    gaps,
    missingEntries,
    filters: ruleCounts(rulesBefore, rulesAfter),
  };
}

/** TCP's, UDP's and UDPv6's counters of their own namespace. */
async function checksumErrors(namespace: string, open: OpenNamespaces): Promise<number> {
  const { stdout } = await open
    .run(namespace, ['cat', '/proc/net/snmp', '/proc/net/snmp6'])
    .catch(() => ({ stdout: '' }));
  return sumChecksumErrors(stdout);
}

/** Reads both forms: a line of names above a line of values, and a name and a value a line. */
export function sumChecksumErrors(text: string): number {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  let sum = 0;
  for (const [index, words] of lines.entries()) {
    if (/^Udp6InCsumErrors$/.test(words[0] ?? '')) sum += Number(words[1]);
    if (words[0] !== 'Tcp:' && words[0] !== 'Udp:') continue;
    const column = words.indexOf('InCsumErrors');
    if (column > 0) sum += Number(lines[index + 1]?.[column] ?? 0);
  }
  return sum;
}

/** A namespace that is neither end, and in which the way leads from one interface to another by no switch, has to route. */
async function routersThatDoNot(
  direction: Direction,
  subject: Subject,
  hops: readonly HopState[],
  open: OpenNamespaces,
): Promise<Evidence['routersOff']> {
  const { from, to, family } = direction;
  const inner = passagesOf(direction, subject, hops)
    .filter(({ how }) => how === 'route')
    .map((passage) => passage.from.namespace)
    .filter((namespace) => namespace !== from.namespace && namespace !== to.namespace);
  const tables = new KernelTables(open);
  const path = family === 4 ? '/proc/sys/net/ipv4/ip_forward' : '/proc/sys/net/ipv6/conf/all/forwarding';
  const states = await Promise.all(
    [...new Set(inner)].map(async (namespace) => {
      const { stdout } = await open.run(namespace, ['cat', path]).catch(() => ({ stdout: '' }));
      return { namespace, family, off: stdout.trim() === '0' && !(await tables.hasSwitch(namespace)) };
    }),
  );
  return states.flatMap(({ namespace, family: of, off }) => (off ? [{ namespace, family: of }] : []));
}
