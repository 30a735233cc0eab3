import type { Lab } from './lab.js';
import type { Carrier } from './network.js';
import { findSwitchProcess } from './openvswitch/switch-process.js';
import type { Plan } from './plan.js';

/** The processes behind a plan's carriers, now that its network stands. One that cannot be found is left out. */
export function findCarriers(plan: Plan, lab: Lab): Carrier[] {
  return plan.carriers.flatMap((carrier): Carrier[] => {
    if (carrier.type === 'ovs-vswitchd') {
      const pid = findSwitchProcess(carrier.database);
      return pid === undefined ? [] : [{ name: carrier.type, pid }];
    }
    if (carrier.type !== 'daemon') return [];
    const pid = lab.daemons.find(({ name }) => name === carrier.name)?.pid;
    return pid === undefined ? [] : [{ name: carrier.name, pid }];
  });
}
