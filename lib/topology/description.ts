import { formatCoreList, type PinnedCores } from '../configuration/cores.js';
import type { Endpoint } from './endpoint.js';
import type { PlannedLink } from './plan.js';
import type { VerifiedPath } from './verify.js';

/** What the caller knows and the network does not. */
export interface PathRemarks {
  /** Stand in brackets behind an end's address, for example `core 0`. */
  client?: string | undefined;
  /** The same behind the server's. */
  server?: string | undefined;
  /** Address family the test uses; 4 unless said. */
  family?: 4 | 6 | undefined;
  /** Further facts at the end of the line, for example `cubic/cubic`. */
  more?: readonly string[] | undefined;
}

/** What a line is made of: a plan, or what was found between two places. */
export interface DescribedNetwork {
  kind: string;
  client: Pick<Endpoint, 'ipv4' | 'ipv6'>;
  server: Pick<Endpoint, 'ipv4' | 'ipv6'>;
  via: readonly string[];
  mtuBytes: number;
  remarks?: readonly string[] | undefined;
  /** Across two hosts: the word `link` of the way stands between these. */
  link?: Pick<PlannedLink, 'ends'> | undefined;
}

/** For example `bridge: client 198.18.0.2 (core 0) -> br0 -> server 198.18.0.3 (core 1)   MTU 1500, path MTU 1500, TSO on`. */
export function describePath(network: DescribedNetwork, path: VerifiedPath, remarks: PathRemarks = {}): string {
  const end = (name: 'client' | 'server') => {
    const { ipv4, ipv6 } = network[name];
    const remark = remarks[name];
    const address = remarks.family === 6 ? (ipv6 ?? ipv4) : (ipv4 ?? ipv6);
    return `${name} ${address}${remark === undefined ? '' : ` (${remark})`}`;
  };
  const tso = path.hops[0]?.offloads?.tso;
  const facts = [
    `MTU ${network.mtuBytes}`,
    `path MTU ${path.pathMtuBytes}`,
    ...(tso === undefined ? [] : [`TSO ${tso ? 'on' : 'off'}`]),
    ...(network.remarks ?? []),
    ...(remarks.more ?? []),
  ];
  return `${network.kind}: ${[end('client'), ...viaOf(network), end('server')].join(' -> ')}   ${facts.join(', ')}`;
}

function viaOf({ via, link }: DescribedNetwork): readonly string[] {
  if (link === undefined) return via;
  const [one, other] = link.ends.map(({ namespace }) => namespace) as [string, string];
  if (via.includes(one)) return via;
  return via.flatMap((word) => (word === 'link' ? [one, word, other] : [word]));
}

/** Which cores each end uses, as it stands behind its address. */
export function pinRemarks({ client, server }: PinnedCores): Pick<PathRemarks, 'client' | 'server'> {
  const remark = (cores: readonly number[]) => (cores.length === 0 ? 'not pinned' : `core ${formatCoreList(cores)}`);
  return { client: remark(client), server: remark(server) };
}
