import { TopologyError } from '../../errors.js';
import type { PlannedLink } from '../plan.js';
import type { Entered } from '../read-hops.js';

/** What the card of a host has sent since it was made. */
export interface LinkCounters {
  /** As the kernel handed them over: one that the card is to take apart (TSO) counts once. */
  packets: number;
  /** Of frames without preamble, check sequence and gap. */
  bytes: number;
}

/** The client's host, then the server's. Throws VnetperfError ERR_COMMAND_OUTPUT. */
export async function readLinkCounters(
  entered: Entered,
  { ends: [client, server] }: Pick<PlannedLink, 'ends'>,
): Promise<[LinkCounters, LinkCounters]> {
  const read = async ({ namespace, interface: device }: PlannedLink['ends'][number]) => {
    const { stdout } = await entered.run(namespace, ['ip', '-json', '-statistics', 'link', 'show', 'dev', device]);
    return sentOf(stdout);
  };
  return Promise.all([read(client), read(server)]);
}

function sentOf(stdout: string): LinkCounters {
  const [link] = JSON.parse(stdout) as { stats64?: { tx?: Partial<LinkCounters> } }[];
  const { packets, bytes } = link?.stats64?.tx ?? {};
  if (typeof packets === 'number' && typeof bytes === 'number') return { packets, bytes };
  throw new TopologyError('ip -json -statistics link show did not answer with what was sent', {
    code: 'ERR_COMMAND_OUTPUT',
    remedy: 'Use iproute2 4.14 or later.',
  });
}
