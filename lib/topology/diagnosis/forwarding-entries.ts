import { locateCommand } from '../../platform/run-command.js';
import type { Evidence } from './evidence.js';
import type { OpenNamespaces, SubjectEnd } from './subject.js';

/** Broadcast, and whatever has no entry of its own, goes where this address's entries say. */
export const ANY_MAC = '00:00:00:00:00:00';

export interface VxlanLink {
  ifname: string;
  linkinfo?: { info_data?: { group?: string; remote?: string; group6?: string; remote6?: string } };
}

export interface ForwardingEntry {
  mac: string;
  ifname?: string;
  dst?: string;
}

/** VXLAN devices on the way that would not know where to send a frame for the receiver. */
export async function missingForwardingEntries(
  namespaces: readonly string[],
  to: SubjectEnd,
  open: OpenNamespaces,
): Promise<Evidence['missingEntries']> {
  if (locateCommand('bridge') === undefined) return [];
  const list = async <Row>(namespace: string, command: [string, ...string[]]): Promise<Row[]> => {
    try {
      return JSON.parse((await open.run(namespace, command)).stdout || '[]') as Row[];
    } catch {
      return [];
    }
  };
  const [receiver] = await list<{ address?: string }>(to.namespace, ['ip', '-json', 'link', 'show', to.interface]);
  const mac = receiver?.address;
  if (mac === undefined) return [];
  const found = await Promise.all(
    namespaces.map(async (namespace) => {
      const links = await list<VxlanLink>(namespace, ['ip', '-json', '-details', 'link', 'show', 'type', 'vxlan']);
      if (links.length === 0) return [];
      const entries = await list<ForwardingEntry>(namespace, ['bridge', '-json', 'fdb', 'show']);
      return devicesWithoutEntry(links, entries, mac).map((device) => ({ namespace, device, mac }));
    }),
  );
  return found.flat();
}

export function devicesWithoutEntry(
  links: readonly VxlanLink[],
  entries: readonly ForwardingEntry[],
  mac: string,
): string[] {
  return links
    .filter(({ ifname, linkinfo }) => {
      const data = linkinfo?.info_data ?? {};
      if (data.group ?? data.remote ?? data.group6 ?? data.remote6) return false;
      return !entries.some(
        (entry) => entry.ifname === ifname && entry.dst !== undefined && (entry.mac === mac || entry.mac === ANY_MAC),
      );
    })
    .map(({ ifname }) => ifname);
}
