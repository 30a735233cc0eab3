import { loadNative } from '../platform/load-native.js';
import { describePath, type PathRemarks } from './description.js';
import type { Endpoint } from './endpoint.js';
import { planTopology, topologyKind } from './kinds.js';
import { Lab } from './lab.js';
import type { TopologyOptions } from './options.js';
import type { Plan } from './plan.js';
import { type VerifiedPath, verifyPath } from './verify.js';

/** A network that stands, was found to carry packets, and goes with close(), `await using`, or this process. */
export interface Topology extends AsyncDisposable {
  readonly kind: string;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly path: VerifiedPath;
  /** One line for the head of a report. */
  description(remarks?: PathRemarks): string;
  /** Removes the network. Idempotent. Throws VnetperfError ERR_TOPOLOGY_REMOVAL. */
  close(): Promise<void>;
}

/**
 * Builds a network of our own and verifies it. Throws VnetperfError: ERR_UNKNOWN_KIND, ERR_MTU, ERR_COMMAND_MISSING,
 * ERR_NO_PERMISSION, ERR_NAMESPACE, ERR_TOPOLOGY_BUILD, or, when it stands but would carry nothing, ERR_PATH_DOWN,
 * ERR_PATH_MTU, ERR_PATH_UNREACHABLE. Nothing is left behind when it throws.
 */
export async function topology(kind: string, options: TopologyOptions = {}): Promise<Topology> {
  const plan = planTopology(kind, options);
  const native = loadNative();
  const lab = await Lab.build(plan, topologyKind(kind), native);
  try {
    return standing(plan, lab, await verifyPath(plan, lab, native));
  } catch (error) {
    await lab.close().catch(() => {});
    throw error;
  }
}

function standing(plan: Plan, lab: Lab, path: VerifiedPath): Topology {
  return {
    kind: plan.kind,
    client: endpoint('client', plan, lab),
    server: endpoint('server', plan, lab),
    path,
    description: (remarks) => describePath(plan, path, remarks),
    close: () => lab.close(),
    [Symbol.asyncDispose]: () => lab.close(),
  };
}

function endpoint(name: 'client' | 'server', plan: Plan, lab: Lab): Endpoint {
  const { namespace, interface: device, ipv4, ipv6 } = plan[name];
  return { name, namespace: lab.namespace(namespace), interface: device, ipv4, ipv6, mtuBytes: plan.mtuBytes };
}
