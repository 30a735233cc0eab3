import type { NetworkNamespace } from '../../traffic/namespace.js';
import { listInside } from './inside.js';

/** An interface with what ties it to others. */
export interface Link {
  index: number;
  name: string;
  /** rtnetlink's word, undefined for what has none. */
  kind: string | undefined;
  mtuBytes: number;
  master: string | undefined;
  /** The other end of a veth pair, or what a macvlan, ipvlan or vlan is on. */
  other: { index: number; elsewhere: boolean } | undefined;
}

/** The few fields read of `ip -json -details link show`. */
interface LinkRow {
  ifindex: number;
  ifname: string;
  mtu: number;
  master?: string;
  /** A name where the other end is in the same namespace, an index and the namespace's number where it is not. */
  link?: string | null;
  link_index?: number;
  link_netnsid?: number;
  linkinfo?: { info_kind?: string };
}

export async function readLinks(namespace: NetworkNamespace): Promise<Link[]> {
  const rows = await listInside(namespace, ['-details', 'link', 'show'], isLink);
  return rows.map((row) => ({
    index: row.ifindex,
    name: row.ifname,
    kind: row.linkinfo?.info_kind,
    mtuBytes: row.mtu,
    master: row.master,
    other: otherEnd(row, rows),
  }));
}

function otherEnd({ link, link_index, link_netnsid }: LinkRow, rows: readonly LinkRow[]): Link['other'] {
  if (link_index !== undefined) return { index: link_index, elsewhere: link_netnsid !== undefined };
  const named = rows.find(({ ifname }) => ifname === link);
  return named && { index: named.ifindex, elsewhere: false };
}

function isLink(value: unknown): value is LinkRow {
  const { ifindex, ifname, mtu } = (value ?? {}) as Partial<LinkRow>;
  return typeof ifindex === 'number' && typeof ifname === 'string' && typeof mtu === 'number';
}
