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
  /** Of its link layer. */
  address: string | undefined;
  /** The other end of a veth pair, or what a macvlan, ipvlan or vlan is on. */
  other: { index: number; elsewhere: NamespaceId | undefined } | undefined;
  vxlan: VxlanDevice | undefined;
}

/** How a namespace numbers another one that a link of its has to do with (RTM_GETNSID). */
export type NamespaceId = number;

/** What two ends of one overlay have in common, and where this one sends. */
interface VxlanDevice {
  /** VNI. */
  id: number;
  port: number;
  local: string | undefined;
  /** One end or group for all that no entry of its own says otherwise of. */
  remote: string | undefined;
  /** The namespace that the packets around are sent in, where the device was moved out of it. */
  underlay: NamespaceId | undefined;
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
  address?: string;
  linkinfo?: { info_kind?: string; info_data?: VxlanData };
}

interface VxlanData {
  id?: number;
  port?: number;
  local?: string;
  local6?: string;
  remote?: string;
  remote6?: string;
  group?: string;
  group6?: string;
}

export async function readLinks(namespace: NetworkNamespace): Promise<Link[]> {
  const rows = await listInside(namespace, ['-details', 'link', 'show'], isLink);
  return rows.map((row) => ({
    index: row.ifindex,
    name: row.ifname,
    kind: row.linkinfo?.info_kind,
    mtuBytes: row.mtu,
    master: row.master,
    address: row.address,
    other: otherEnd(row, rows),
    vxlan: vxlanOf(row),
  }));
}

function otherEnd({ link, link_index, link_netnsid, linkinfo }: LinkRow, rows: readonly LinkRow[]): Link['other'] {
  // A tunnel is on no interface: the number is its own, and the namespace that of its sockets.
  if (linkinfo?.info_kind === 'vxlan') return undefined;
  if (link_index !== undefined) return { index: link_index, elsewhere: link_netnsid };
  const named = rows.find(({ ifname }) => ifname === link);
  return named && { index: named.ifindex, elsewhere: undefined };
}

function vxlanOf({ linkinfo, link_netnsid }: LinkRow): VxlanDevice | undefined {
  if (linkinfo?.info_kind !== 'vxlan') return undefined;
  const { id = 0, port = 0, local, local6, remote, remote6, group, group6 } = linkinfo.info_data ?? {};
  return {
    id,
    port,
    local: local ?? local6,
    remote: remote ?? remote6 ?? group ?? group6,
    underlay: link_netnsid,
  };
}

function isLink(value: unknown): value is LinkRow {
  const { ifindex, ifname, mtu } = (value ?? {}) as Partial<LinkRow>;
  return typeof ifindex === 'number' && typeof ifname === 'string' && typeof mtu === 'number';
}
