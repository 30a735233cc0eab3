import type { Lab } from './lab.js';
import type { Carrier } from './network.js';
import { findSwitchProcess } from './openvswitch/switch-process.js';
import type { Plan, PlannedCarrier } from './plan.js';
import { findProxyProcesses } from './proxy-processes.js';

/** The processes behind a plan's carriers, now that its network stands. One that cannot be found is left out. */
export function findCarriers(plan: Plan, lab: Pick<Lab, 'daemons'>): Carrier[] {
  return plan.carriers.flatMap((carrier) => find(carrier, plan, lab));
}

function find(carrier: PlannedCarrier, plan: Plan, lab: Pick<Lab, 'daemons'>): Carrier[] {
  switch (carrier.type) {
    case 'daemon':
      return named(carrier.name, lab.daemons.find(({ name }) => name === carrier.name)?.pid);
    case 'ovs-vswitchd':
      return named(carrier.type, findSwitchProcess(carrier.database));
    case 'docker-proxy':
      return proxies(carrier.port, plan);
  }
}

function named(name: string, pid: number | undefined): Carrier[] {
  return pid === undefined ? [] : [{ name, pid }];
}

/** Those of the target's address family: the other one's carries nothing of this test. */
function proxies(port: number, { target }: Plan): Carrier[] {
  return findProxyProcesses(port).flatMap(({ pid, protocol, hostAddress }) => {
    if (hostAddress.includes(':') && target !== undefined && target.ipv6 === undefined) return [];
    return [{ name: protocol === 'tcp' ? 'docker-proxy' : `docker-proxy ${protocol}`, pid }];
  });
}
