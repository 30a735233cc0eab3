import { endpointSteps } from '../endpoint-steps.js';
import type { LabIdentity } from '../lab-identity.js';
import type { ResolvedOptions } from '../options.js';
import type { Plan } from '../plan.js';
import { endsOf, plannedPairs } from '../planned-endpoints.js';
import { bridgeSteps } from './bridge-steps.js';
import { cableSteps } from './cables.js';
import { type Forwarding, offloadSteps } from './forwarding.js';
import { hostSwitch } from './host-switch.js';
import { privateSwitch } from './private-switch.js';

export interface SwitchNetwork {
  kind: string;
  summary: string;
  forwarding: Forwarding;
  /** For the report. Default: the forwarding's own. */
  remark?: string | undefined;
}

/** Ends with a cable each to one bridge of an Open vSwitch: of one of our own, or of the one that is asked for. */
export async function switchNetwork(
  { kind, summary, forwarding, remark = forwarding.remark }: SwitchNetwork,
  { mtuBytes, ipv6, endpoints, ovsDatabase }: ResolvedOptions,
  identity: LabIdentity,
): Promise<Plan> {
  const ovs =
    ovsDatabase === undefined
      ? privateSwitch(kind, forwarding)
      : await hostSwitch(kind, ovsDatabase, forwarding, identity);
  const [first, ...morePairs] = plannedPairs(endpoints, ipv6);
  const { client, server } = first;
  const ends = endsOf([first, ...morePairs]);
  // In the kernel's datapath every port is a slave of the one device that stands for it, whatever its bridge.
  const master = forwarding.datapathType === undefined ? { master: 'ovs-system' } : {};
  return {
    kind,
    summary,
    namespaces: [...ends.map((end) => end.namespace), ...ovs.namespaces],
    steps: [
      ...ovs.startSteps,
      ...cableSteps(ovs, ends, mtuBytes),
      ...bridgeSteps(
        ovs,
        ovs.bridge,
        forwarding,
        ends.map((end) => ({ name: ovs.portOf(end), settings: forwarding.interfaceSettings })),
      ),
      ...ends.flatMap((end) => [...endpointSteps(end), ...offloadSteps(end, forwarding)]),
    ],
    client,
    server,
    morePairs,
    serverReachesClient: true,
    path: [
      { namespace: client.namespace, interface: client.interface },
      { namespace: ovs.namespace, interface: ovs.portOf(client), ...master },
      { namespace: ovs.namespace, interface: ovs.portOf(server), ...master },
      { namespace: server.namespace, interface: server.interface },
    ],
    via: [ovs.bridge],
    mtuBytes,
    carriers: [ovs.carrier],
    remarks: [remark],
    ...(ovs.shared === undefined ? {} : { ovsDatabases: [ovs.shared.address] }),
  };
}
