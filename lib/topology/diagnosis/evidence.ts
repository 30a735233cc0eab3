import type { NativeAddon } from '../../platform/native.js';
import { probeTcp } from '../probe.js';
import type { HopState } from '../read-hops.js';
import { type Direction, probePath } from './directions.js';
import { droppingRules, type FilterRule, ruleCounts } from './dropping-rules.js';
import { missingForwardingEntries } from './forwarding-entries.js';
import type { OpenNamespaces } from './subject.js';

/** What can be seen from the side of a direction that nothing crosses. */
export interface Evidence {
  /** Its name. */
  direction: string;
  host: string;
  sender: { namespace: string; interface: string; txChecksum: boolean | undefined };
  /** Packets with wrong checksums that the receiving kernel counted during one more try. */
  checksumErrors: number;
  route: RouteFacts | undefined;
  neighbour: { device: string; state: string } | undefined;
  /** Namespaces between the two that have to route and do not. */
  routersOff: { namespace: string; family: 4 | 6 }[];
  /** VXLAN devices that do not know where the receiver is. */
  missingEntries: { namespace: string; device: string; mac: string }[];
  /** Rules that drop or reject; those first that counted something during one more try. */
  filters: FilterRule[];
}

interface RouteFacts {
  device?: string | undefined;
  gateway?: string | undefined;
  /** What the kernel said instead. */
  error?: string | undefined;
}

/** Short: what fails has failed for two seconds before, and what counts it counts the first packet. */
const ANOTHER_TRY_MS = 300;

export async function gatherEvidence(
  direction: Direction,
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
  const [checksumsAfter, rulesAfter, route, routersOff, missingEntries] = await Promise.all([
    checksumErrors(to.namespace, open),
    droppingRules(between, family, open),
    routeTo(from.namespace, host, open),
    routersThatDoNot(direction, hops, open),
    missingForwardingEntries(between, to, open),
  ]);
  const hop = hops.find((one) => one.namespace === from.namespace && one.interface === from.interface);
  return {
    direction: direction.name,
    host,
    sender: { namespace: from.namespace, interface: from.interface, txChecksum: hop?.offloads?.txChecksum },
    checksumErrors: checksumsAfter - checksumsBefore,
    route,
    neighbour: await neighbourFor(from.namespace, route?.gateway ?? host, open),
    routersOff,
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

async function routeTo(namespace: string, host: string, open: OpenNamespaces): Promise<RouteFacts | undefined> {
  try {
    const { stdout } = await open.run(namespace, ['ip', '-json', 'route', 'get', host]);
    const [route] = JSON.parse(stdout) as { dev?: string; gateway?: string; type?: string }[];
    if (route?.type !== undefined && route.type !== 'local') return { error: `the route says ${route.type}` };
    return { device: route?.dev, gateway: route?.gateway };
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    if (stderr === undefined) return undefined;
    return { error: stderr.replace(/^RTNETLINK answers: /, '').replaceAll(/\s*\n\s*/g, '; ') };
  }
}

async function neighbourFor(
  namespace: string,
  host: string,
  open: OpenNamespaces,
): Promise<{ device: string; state: string } | undefined> {
  try {
    const { stdout } = await open.run(namespace, ['ip', '-json', 'neighbour', 'show', 'to', host]);
    const [row] = JSON.parse(stdout || '[]') as { dev: string; state?: string[] }[];
    return row === undefined ? undefined : { device: row.dev, state: row.state?.join(' ') ?? 'none' };
  } catch {
    return undefined;
  }
}

/** A namespace that is neither end, with two interfaces on the path and no switch around them, has to route. */
async function routersThatDoNot(
  { from, to, family }: Direction,
  hops: readonly HopState[],
  open: OpenNamespaces,
): Promise<Evidence['routersOff']> {
  const inner = hops.filter((hop) => hop.namespace !== from.namespace && hop.namespace !== to.namespace);
  const routers = [...new Set(inner.map((hop) => hop.namespace))].filter((namespace) => {
    const here = inner.filter((hop) => hop.namespace === namespace);
    return here.length > 1 && here.every((hop) => hop.master === undefined && hop.kind !== 'bridge');
  });
  const path = family === 4 ? '/proc/sys/net/ipv4/ip_forward' : '/proc/sys/net/ipv6/conf/all/forwarding';
  const states = await Promise.all(
    routers.map(async (namespace) => {
      const { stdout } = await open.run(namespace, ['cat', path]).catch(() => ({ stdout: '' }));
      return { namespace, family, off: stdout.trim() === '0' };
    }),
  );
  return states.flatMap(({ namespace, family: of, off }) => (off ? [{ namespace, family: of }] : []));
}
