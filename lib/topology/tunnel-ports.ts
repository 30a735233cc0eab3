import { TopologyError, VnetperfError } from '../errors.js';
import { locateCommand } from '../platform/run-command.js';
import type { Entered } from './read-hops.js';

/** The UDP port of a VXLAN device that is down, and who else in its namespace has it. */
export interface TakenPort {
  device: string;
  port: number;
  holder: PortHolder;
}

/**
 * `kernel`: no process that is to be seen. VXLAN devices of a namespace share a port's socket, so that it stands in
 * nobody's way unless the device has been refused it.
 */
type PortHolder = { process: string; pid: number } | 'kernel';

interface VxlanRow {
  ifname: string;
  flags: string[];
  /** It was made elsewhere, and its socket is there. */
  link_netnsid?: number;
  linkinfo?: { info_data?: { port?: number } };
}

/** Why a VXLAN device that is down cannot come up: a process has its port. */
export async function portTakenFrom(
  device: string,
  entered: Entered,
  namespace: string,
): Promise<TakenPort | undefined> {
  const taken = await takenTunnelPorts(entered, namespace);
  return taken.find((port) => port.device === device && port.holder !== 'kernel');
}

/** The VXLAN devices of a namespace that are down while their ports are held. Empty where nobody may look. */
async function takenTunnelPorts(entered: Entered, namespace: string): Promise<TakenPort[]> {
  if (locateCommand('ss') === undefined) return [];
  try {
    const links = await entered.run(namespace, ['ip', '-json', '-details', 'link', 'show', 'type', 'vxlan']);
    const down = (JSON.parse(links.stdout || '[]') as VxlanRow[]).filter(
      ({ flags, link_netnsid }) => flags?.includes('UP') === false && link_netnsid === undefined,
    );
    if (down.length === 0) return [];
    const { stdout } = await entered.run(namespace, ['ss', '-H', '-l', '-u', '-n', '-p']);
    return down.flatMap(({ ifname, linkinfo }) => {
      const port = linkinfo?.info_data?.port;
      const holder = port === undefined ? undefined : holderOf(stdout, port);
      return port === undefined || holder === undefined ? [] : [{ device: ifname, port, holder }];
    });
  } catch {
    return [];
  }
}

/** Continues a sentence: `vxlan0 cannot come up: ...`. */
export function takenWords({ port, holder }: TakenPort): string {
  const who =
    holder === 'kernel'
      ? 'another tunnel of the kernel (no process holds it)'
      : `${holder.process} (pid ${holder.pid})`;
  return `its UDP port ${port} is in use by ${who}`;
}

export function takenRemedy({ port, device }: TakenPort, namespace: string): string {
  return (
    `End what holds it, or give the tunnel another port (dstport) on both hosts; see it with: ` +
    `ss -lunp sport = :${port}, in ${namespace}; then: ip link set ${device} up, in ${namespace}.`
  );
}

/** What it means that a command of ip's found an address in use; undefined where that is something else. */
export async function tunnelPortError(
  kind: string,
  { namespace, command }: { namespace: string | null; command: readonly unknown[] },
  failure: unknown,
  entered: Entered,
): Promise<VnetperfError | undefined> {
  if (namespace === null || command[0] !== 'ip') return undefined;
  if (!(failure instanceof VnetperfError && failure.message.includes('Address already in use'))) return undefined;
  const ports = await takenTunnelPorts(entered, namespace);
  // Others may be down for reasons of their own: the command that was refused names its device.
  const words = failure.message.split(/[\s"]+/);
  const taken = ports.find(({ device }) => words.includes(device)) ?? ports[0];
  if (taken === undefined) return undefined;
  return new TopologyError(
    `${kind} cannot be built: ${taken.device} in its namespace ${namespace} cannot come up: ${takenWords(taken)}`,
    { code: 'ERR_PORT_IN_USE', remedy: takenRemedy(taken, namespace), cause: failure },
  );
}

/** Of lines like `UNCONN 0 0 0.0.0.0:4789 0.0.0.0:* users:(("node",pid=4711,fd=18))`. */
export function holderOf(sockets: string, port: number): PortHolder | undefined {
  const ofPort = sockets.split('\n').filter((each) => each.trim().split(/\s+/)[3]?.endsWith(`:${port}`));
  if (ofPort.length === 0) return undefined;
  const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(ofPort.join('\n')) ?? [];
  return name === undefined ? 'kernel' : { process: name, pid: Number(pid) };
}
