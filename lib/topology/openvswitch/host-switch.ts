import { readlinkSync } from 'node:fs';
import { TopologyError } from '../../errors.js';
import { CommandError, commandMissing, locateCommand, runCommand } from '../../platform/run-command.js';
import type { LabIdentity } from '../lab-identity.js';
import type { Forwarding } from './forwarding.js';
import type { OvsSwitch } from './ovs-switch.js';
import { findSwitchProcess } from './switch-process.js';

const HOST = 'host';

/**
 * A switch that runs already. It serves others too: its bridges, ports and settings stay as they are, and what is
 * added carries our mark. Throws VnetperfError ERR_COMMAND_MISSING or ERR_OVS_SWITCH where it cannot be used.
 */
export async function hostSwitch(
  kind: string,
  address: string,
  forwarding: Forwarding,
  { id, short }: LabIdentity,
): Promise<OvsSwitch> {
  checkAbilities(kind, address, forwarding, await readSwitch(kind, address));
  checkNamespace(kind, address);
  return {
    namespace: HOST,
    namespaces: [],
    database: `--db=${address}`,
    // Interface names hold 15 characters.
    bridge: `vnp${short}`,
    portOf: (end) => `vnp${short}${end.namespace.replace(/^([cs])[a-z]+/, '$1')}`,
    startSteps: [{ type: 'adopt', as: HOST, from: { type: 'host' } }],
    shared: { address, id },
    carrier: { type: 'ovs-vswitchd', database: address },
  };
}

/** What it was configured with, and the types of interface that it was built with. */
async function readSwitch(kind: string, address: string): Promise<{ configuration: string; interfaceTypes: string }> {
  if (locateCommand('ovs-vsctl') === undefined) throw commandMissing('ovs-vsctl', kind);
  try {
    const { stdout } = await runCommand([
      ...(['ovs-vsctl', `--db=${address}`, '--timeout=4', '--no-wait'] as const),
      ...['get', 'Open_vSwitch', '.', 'other_config', 'iface_types'],
    ]);
    const [configuration = '', interfaceTypes = ''] = stdout.split('\n');
    return { configuration, interfaceTypes };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const said = error.stderr.split('\n')[0]?.replace(/^ovs-vsctl: /, '') || error.message;
    throw new TopologyError(`${kind}: no Open vSwitch answers at ${address}: ${said}`, {
      code: 'ERR_OVS_SWITCH',
      remedy: 'Start the switch, give --ovs-db the address of its database, or leave --ovs-db out for one of our own.',
      cause: error,
    });
  }
}

function checkAbilities(
  kind: string,
  address: string,
  forwarding: Forwarding,
  { configuration, interfaceTypes }: { configuration: string; interfaceTypes: string },
): void {
  if (forwarding.userspaceTso && !/\buserspace-tso-enable="?true"?/.test(configuration)) {
    throw new TopologyError(`${kind} needs userspace TSO, which the switch at ${address} was not started with`, {
      code: 'ERR_OVS_SWITCH',
      remedy:
        'Leave --ovs-db out for a switch of our own, or set other_config:userspace-tso-enable=true there and restart ' +
        'its ovs-vswitchd.',
    });
  }
  const type = forwarding.interfaceSettings.map((setting) => /^type=(.+)$/.exec(setting)?.[1]).find(Boolean);
  if (type !== undefined && !new RegExp(`\\b${type}\\b`).test(interfaceTypes)) {
    throw new TopologyError(`${kind} needs ports of the type ${type}, which the switch at ${address} does not have`, {
      code: 'ERR_OVS_SWITCH',
      remedy: `It must be built with support for ${type}; leave --ovs-db out to try the one that is installed here.`,
    });
  }
}

/** Its ports must be where it looks for them: in its own network namespace. */
function checkNamespace(kind: string, address: string): void {
  const pid = findSwitchProcess(address);
  if (pid === undefined) return;
  if (readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net')) return;
  throw new TopologyError(`${kind}: the switch at ${address} runs in another network namespace (process ${pid})`, {
    code: 'ERR_OVS_SWITCH',
    remedy: `Run vnetperf in there too: nsenter --net=/proc/${pid}/ns/net vnetperf ...`,
  });
}
