import { vxlanHeaders } from '../hosts/encapsulation.js';
import { availableForwarding } from '../openvswitch/choose-forwarding.js';
import { offloadSteps } from '../openvswitch/forwarding.js';
import { switchOnHost } from '../openvswitch/private-switch.js';
import { tunnelSteps } from '../openvswitch/tunnel-steps.js';
import type { WeavePath } from './weave-host.js';

const DATAPATH = 'datapath';
const UDP_PORT = 6784;
const TUNNEL = `vxlan-${UDP_PORT}`;
/** Weave makes it of the numbers of the two peers; it is the same for all packets of a pair. */
const VNI = 1;

/** Weave's fast path: an Open vSwitch datapath with a port on the bridge and a VXLAN tunnel to each peer. */
export async function fastDatapath(kind: string, underlayFamily: 4 | 6): Promise<WeavePath> {
  const { forwarding, remark } = await availableForwarding();
  const onKernel = forwarding.datapathType === undefined;
  const cableEnd = 'vethwe-datapath';
  const switchOf = (namespace: string) => switchOnHost(kind, namespace, forwarding);
  return {
    via: [TUNNEL],
    cableEnd,
    ...(onKernel ? { master: 'ovs-system' } : {}),
    remarks: [`fast datapath: ${remark}${onKernel ? '' : ', where Weave Net itself would take sleeve'}`],
    headers: vxlanHeaders(underlayFamily),
    endSteps: (end) => offloadSteps(end, forwarding),
    carrySteps({ host, peer, linkMtuBytes }) {
      const ovs = switchOf(host.namespace);
      return [
        ...ovs.startSteps,
        ...tunnelSteps(
          ovs,
          forwarding,
          { host, peer, linkMtuBytes },
          {
            name: DATAPATH,
            tunnel: { port: TUNNEL, options: [`options:dst_port=${UDP_PORT}`, `options:key=${VNI}`] },
            ports: [cableEnd],
          },
        ),
      ];
    },
    carrier: ({ host }) => switchOf(host.namespace).carrier,
  };
}
