import { TopologyError } from '../../errors.js';
import type { Lab } from '../lab.js';
import { type FoundHop, type FoundPath, findPath } from '../places/find-path.js';
import { Surroundings } from '../places/surroundings.js';
import type { Plan, PlannedEnd, PlannedHop } from '../plan.js';
import { resultFile } from './plugin-steps.js';
import { resultAddresses } from './result.js';
import { HOST } from './run-plugin.js';

type StandingLab = Pick<Lab, 'namespace' | 'output'>;

/**
 * What the plugins made of the plan: addresses from their results, MTU and the way between the ends from the kernel.
 * Throws VnetperfError ERR_CNI_NO_ADDRESS, ERR_PATH_DOWN.
 */
export async function learnNetwork(plan: Plan, lab: StandingLab): Promise<Plan> {
  const [client, server] = [plan.client, plan.server].map((end) => withAddresses(end, lab)) as [PlannedEnd, PlannedEnd];
  const own = [client.namespace, server.namespace, HOST];
  const around = new Surroundings(
    own.map((label) => ({ label, identity: label, namespace: lab.namespace(label) })),
    { alone: true },
  );
  const ends = await Promise.all([hopOf(client, around), hopOf(server, around)]);
  const addressOf = ({ ipv4, ipv6 }: PlannedEnd) => ipv4 ?? ipv6 ?? '';
  const found = await findPath(...ends, around, { client: addressOf(client), server: addressOf(server) });
  // Of a path that was planned nothing but the ends was known, and of them an MTU where one was asked for.
  const asked = plan.path[0]?.mtuBytes;
  const hops = found.hops.map(plannedHop);
  const isEnd = (index: number) => index === 0 || index === hops.length - 1;
  return {
    ...plan,
    client,
    server,
    path: hops.map((hop, index) => ({ ...hop, mtuBytes: isEnd(index) ? (asked ?? hop.mtuBytes) : hop.mtuBytes })),
    via: viaOf(found),
    mtuBytes: asked ?? Math.min(...ends.map(({ link }) => link.mtuBytes)),
  };
}

function withAddresses(end: PlannedEnd, lab: StandingLab): PlannedEnd {
  const found = resultAddresses(lab.output(resultFile(end.namespace)), end.interface);
  if (found.ipv4 !== undefined || found.ipv6 !== undefined) return { ...end, ...found };
  throw new TopologyError(`the CNI plugins gave the container ${end.namespace} no IP address`, {
    code: 'ERR_CNI_NO_ADDRESS',
    remedy:
      'Give the plugin that makes the interface an address manager, ' +
      'for example "ipam": {"type": "host-local", "subnet": "198.18.50.0/24"}.',
  });
}

function plannedHop({ place, link }: FoundHop): PlannedHop & { mtuBytes: number } {
  return { namespace: place.label, interface: link.name, mtuBytes: link.mtuBytes };
}

/** What the host's ends of the containers' cables are attached to; nothing: the host forwards from one to the other. */
function viaOf({ hops, complete }: FoundPath): string[] {
  const inner = hops.slice(1, -1).filter(({ link }) => !(link.kind === 'veth' && link.other?.elsewhere !== undefined));
  const names = inner.map(({ link }) => link.name);
  return [...(names.length === 0 ? [HOST] : names), ...(complete ? [] : ['(not all of it is known)'])];
}

async function hopOf({ namespace, interface: device }: PlannedEnd, around: Surroundings): Promise<FoundHop> {
  const place = around.all.find(({ label }) => label === namespace)!;
  const link = (await around.links(place)).find(({ name }) => name === device);
  if (link !== undefined) return { place, link };
  throw new TopologyError(`the CNI plugins made no interface ${device} in the container ${namespace}`, {
    code: 'ERR_PATH_DOWN',
    remedy: 'The first plugin of a list has to make one, with the name that CNI_IFNAME says.',
  });
}
