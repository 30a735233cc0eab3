import { fstatSync, statSync } from 'node:fs';
import type { Lab } from './lab.js';
import type { Carrier } from './network.js';
import { findSwitchProcess } from './openvswitch/switch-process.js';
import type { Plan, PlannedCarrier } from './plan.js';
import { findProxyProcesses } from './proxy-processes.js';

type LabInside = Pick<Lab, 'daemons' | 'namespace'>;

/** The processes behind a plan's carriers, now that its network stands. One that cannot be found is left out. */
export function findCarriers(plan: Plan, lab: LabInside): Carrier[] {
  return plan.carriers.flatMap((carrier) => find(carrier, plan, lab));
}

function find(carrier: PlannedCarrier, plan: Plan, lab: LabInside): Carrier[] {
  switch (carrier.type) {
    case 'daemon':
      return named(
        carrier.name,
        lab.daemons.find(({ name }) => name === carrier.name)?.pid,
        hostOf(daemonNamespace(carrier.name, plan), plan),
      );
    case 'ovs-vswitchd':
      return named(carrier.type, findSwitchProcess(carrier.database));
    case 'docker-proxy':
      return proxies(carrier, plan, lab);
  }
}

function named(name: string, pid: number | undefined, host?: Carrier['host']): Carrier[] {
  if (pid === undefined) return [];
  return [host === undefined ? { name, pid } : { name, pid, host }];
}

function daemonNamespace(name: string, { steps }: Plan): string | null | undefined {
  const daemon = steps.find((step) => step.type === 'daemon' && step.name === name);
  return daemon?.type === 'daemon' ? daemon.namespace : undefined;
}

/** A process belongs to the host in whose namespace it runs. */
function hostOf(namespace: string | null | undefined, { link }: Plan): Carrier['host'] {
  const index = link?.ends.findIndex((end) => end.namespace === namespace) ?? -1;
  return index < 0 ? undefined : (['client', 'server'] as const)[index];
}

/** Those of the target's address family: the other one's carries nothing of this test. */
function proxies(
  { port, namespace }: PlannedCarrier & { type: 'docker-proxy' },
  plan: Plan,
  lab: LabInside,
): Carrier[] {
  const { target } = plan;
  const inode = namespace === undefined ? undefined : fstatSync(lab.namespace(namespace).fd).ino;
  return findProxyProcesses(port).flatMap(({ pid, protocol, hostAddress }) => {
    if (hostAddress.includes(':') && target !== undefined && target.ipv6 === undefined) return [];
    if (inode !== undefined && statSync(`/proc/${pid}/ns/net`, { throwIfNoEntry: false })?.ino !== inode) return [];
    return named(protocol === 'tcp' ? 'docker-proxy' : `docker-proxy ${protocol}`, pid, hostOf(namespace, plan));
  });
}
