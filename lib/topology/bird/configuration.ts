import type { PlannedEndpoint } from '../plan.js';

/** Private use (RFC 6996), and what Calico takes unless it is told otherwise. */
const AUTONOMOUS_SYSTEM = 64512;

/** A host that tells others by BGP which addresses are behind it. */
export interface BgpHost {
  namespace: string;
  /** Its end of the link to the others. */
  card: PlannedEndpoint;
  blocks: AddressBlocks;
}

/** Prefixes that a host gives its endpoints addresses from. */
export interface AddressBlocks {
  ipv4: string;
  ipv6: string | undefined;
}

export interface PeeringOptions {
  /** In which the hosts speak to each other. */
  underlayFamily: 4 | 6;
  /** Waits for the other to connect. Of two that both connect one would have to give way, and lose a second. */
  passive: boolean;
  /** A tunnel device on which the other hosts' blocks are reached, IPv4's alone. */
  tunnel?: string | undefined;
}

type Channel = 'ipv4' | 'ipv6';

/**
 * What BIRD 2 reads. As on a host of Calico: the routes to the endpoints are learned from the kernel, a blackhole
 * stands for the whole block, so that nothing in it that is not an endpoint leaves the host, and the block alone is
 * announced.
 */
export function birdConfiguration(own: BgpHost, other: BgpHost, options: PeeringOptions): string {
  const channels: Channel[] = own.blocks.ipv6 === undefined ? ['ipv4'] : ['ipv4', 'ipv6'];
  return [
    'log stderr all;',
    `router id ${own.card.ipv4};`,
    'protocol device { scan time 2; }',
    // Where the other host is: next hops are looked up there, those over IPv6 also without endpoints that have it.
    'protocol direct { ipv4; ipv6; interface -"cali*", "*"; }',
    ...channels.flatMap((channel) => blockLines(channel, own)),
    ...(options.tunnel === undefined ? [] : tunnelLines(options.tunnel, other)),
    ...sessionsOf(channels, options).flatMap((session) => sessionLines(session, own, other, options)),
    '',
  ].join('\n');
}

function blockLines(channel: Channel, { blocks }: BgpHost): string[] {
  return [
    `protocol static block_${channel} { ${channel}; route ${blocks[channel]} blackhole; }`,
    `protocol kernel kernel_${channel} {`,
    '  learn;',
    '  scan time 2;',
    `  ${channel} { import all; export where source ~ [ RTS_STATIC, RTS_BGP ]; };`,
    '}',
  ];
}

/**
 * Calico's own BIRD has an attribute that puts a route on a tunnel (krt_tunnel). Any BIRD does the same where the next
 * hop is looked up in a table in which the other host is reached on the tunnel: `onlink`, because no address there
 * tells the kernel so.
 */
function tunnelLines(tunnel: string, { card }: BgpHost): string[] {
  return [
    'ipv4 table tunnels;',
    'protocol static over_tunnel {',
    '  ipv4 { table tunnels; };',
    `  route ${card.ipv4}/32 via ${card.ipv4}%${tunnel} onlink;`,
    '}',
  ];
}

interface Session {
  /** Of the addresses it runs between. */
  family: Channel;
  carries: readonly Channel[];
}

/** Each address family in a session of its own, as Calico has it; over IPv6 both in one. */
function sessionsOf(channels: readonly Channel[], { underlayFamily }: PeeringOptions): Session[] {
  if (underlayFamily === 6) return [{ family: 'ipv6', carries: channels }];
  return channels.map((channel) => ({ family: channel, carries: [channel] }));
}

/** The waits are the shortest there are: the other host is up, or about to be. */
function sessionLines({ family, carries }: Session, own: BgpHost, other: BgpHost, options: PeeringOptions): string[] {
  return [
    `protocol bgp mesh_${family} {`,
    `  local ${own.card[family]} as ${AUTONOMOUS_SYSTEM};`,
    `  neighbor ${other.card[family]} as ${AUTONOMOUS_SYSTEM};`,
    ...(options.passive ? ['  passive;'] : []),
    '  connect delay time 1;',
    '  connect retry time 1;',
    '  error wait time 1, 2;',
    ...carries.map((channel) => `  ${channel} { ${channelWords(channel, family, own, options).join(' ')} };`),
    '}',
  ];
}

function channelWords(channel: Channel, family: Channel, { blocks }: BgpHost, { tunnel }: PeeringOptions): string[] {
  return [
    'import all;',
    `export where net = ${blocks[channel]};`,
    // RFC 8950: an IPv4 route whose next hop has an IPv6 address.
    ...(channel === family ? [] : ['extended next hop;']),
    ...(tunnel === undefined || channel === 'ipv6' ? [] : ['igp table tunnels;']),
  ];
}
