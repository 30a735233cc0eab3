import { runCommand } from '../../lib/platform/run-command.js';
import type { Endpoint } from '../../lib/topology/endpoint.js';

/** On every packet of the path: Ethernet 14 bytes, IPv4 20 or IPv6 40, TCP 20 with 12 of timestamps. */
const HEADER_BYTES = { ipv4: 66, ipv6: 86 };

export interface InterfaceCounters {
  tx: { bytes: number; packets: number };
  rx: { bytes: number; packets: number };
}

export async function inside(end: Endpoint, ...command: string[]): Promise<string> {
  const { stdout } = await runCommand(['nsenter', '--net=/proc/self/fd/3', ...command] as [string, ...string[]], {
    descriptors: [end.namespace.fd],
  });
  return stdout;
}

export async function interfaceCounters(end: Endpoint): Promise<InterfaceCounters> {
  const [link] = JSON.parse(await inside(end, 'ip', '-j', '-s', 'link', 'show', 'dev', end.interface));
  return link.stats64;
}

/**
 * TCP payload that the interface carried, however its packets were cut: a packet that is segmented later is counted
 * with one header, one that was segmented before with one for each segment.
 */
export function payload(
  after: InterfaceCounters | undefined,
  before: InterfaceCounters | undefined,
  way: 'tx' | 'rx',
  family: keyof typeof HEADER_BYTES = 'ipv4',
): number {
  if (after === undefined || before === undefined) throw new Error('no counters');
  const bytes = after[way].bytes - before[way].bytes;
  const packets = after[way].packets - before[way].packets;
  return bytes - packets * HEADER_BYTES[family];
}
