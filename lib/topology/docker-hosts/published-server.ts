import { DEFAULT_PORT } from '../../configuration/default-port.js';
import { natStep, proxyStep, publishOptions } from '../containers/published-port.js';
import type { Host } from '../hosts/host-pair.js';
import type { LabIdentity } from '../lab-identity.js';
import type { ResolvedOptions } from '../options.js';
import type { PlannedCarrier, PlannedTarget, Step } from '../plan.js';
import { type BridgedContainer, bridgedContainer } from './bridged-container.js';
import { NAME } from './docker-path.js';

const SERVER = 'server';
const SERVER_SUBNET = 11;

/** A bridged container on a host, reached at the host's address. */
export interface PublishedServer extends BridgedContainer {
  target: PlannedTarget & { port: number };
  /** Word for the line of a report. */
  via: string;
  remark: string;
  carriers: readonly PlannedCarrier[];
}

/**
 * From another host the packet filter's rules apply. An engine that may make none has only its proxy, which listens
 * at every address. The customary port will do: the hosts are the lab's own, and nobody else has a port there.
 */
export function publishedServer(
  { namespace, card }: Host,
  { mtuBytes, port = DEFAULT_PORT, userlandProxy = false }: ResolvedOptions,
  identity: LabIdentity,
): PublishedServer {
  const address = card.ipv4;
  const container = bridgedContainer({
    ...{ kind: NAME, identity, host: namespace, name: SERVER, subnet: SERVER_SUBNET, mtuBytes },
    daemonWords: userlandProxy ? ['--iptables=false'] : [],
    options: publishOptions(address, port),
  });
  const check: Step = userlandProxy ? proxyStep(namespace, port) : natStep(namespace, port, container.end.ipv4);
  return {
    ...container,
    steps: [...container.steps, check],
    target: { ipv4: address, port, serverPort: port },
    via: `${userlandProxy ? 'docker-proxy' : 'NAT'} ${address}:${port}`,
    remark: userlandProxy ? "through the engine's userland proxy" : "through the engine's NAT rules",
    carriers: userlandProxy ? [{ type: 'docker-proxy', port, namespace }] : [],
  };
}
