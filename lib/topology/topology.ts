import { loadNative } from '../platform/load-native.js';
import { findCarriers } from './carriers.js';
import { describePath } from './description.js';
import { explainSilence } from './diagnosis/silence.js';
import { checkOffloads } from './end-offloads.js';
import type { Endpoint } from './endpoint.js';
import { planTopology, topologyKind } from './kinds.js';
import { Lab } from './lab.js';
import { type LabIdentity, newLabIdentity } from './lab-identity.js';
import type { BuildTimes, EndpointPair, Network } from './network.js';
import type { TopologyOptions } from './options.js';
import type { Plan, PlannedEndpoint } from './plan.js';
import { type VerifiedPath, verifyPath } from './verify.js';

/** A network that stands, was found to carry packets, and goes with close(), `await using`, or this process. */
export interface Topology extends Network, AsyncDisposable {
  readonly times: BuildTimes;
  /** Removes the network. Idempotent. Throws VnetperfError ERR_TOPOLOGY_REMOVAL. */
  close(): Promise<void>;
}

/**
 * Builds a network of our own and verifies it. Throws VnetperfError: ERR_UNKNOWN_KIND, ERR_MTU, ERR_COMMAND_MISSING,
 * ERR_NO_PERMISSION, ERR_NAMESPACE, ERR_TOPOLOGY_BUILD, or, when it stands but would carry nothing, ERR_PATH_DOWN,
 * ERR_PATH_MTU, ERR_PATH_UNREACHABLE. Nothing is left behind when it throws.
 */
export async function topology(kind: string, options: TopologyOptions = {}): Promise<Topology> {
  const { plan, lab, path, times } = await buildVerified(kind, options, newLabIdentity());
  return standing(plan, lab, path, times);
}

export interface VerifiedLab {
  plan: Plan;
  lab: Lab;
  path: VerifiedPath;
  times: BuildTimes;
}

/**
 * What topology() does up to where its lab carries packets. Throws as topology() does.
 * @param name Of a lab that is to outlive this process.
 */
export async function buildVerified(
  kind: string,
  options: TopologyOptions,
  identity: LabIdentity,
  name?: string,
): Promise<VerifiedLab> {
  const start = performance.now();
  const plan = await planTopology(kind, options, identity);
  const native = loadNative();
  const lab = await Lab.build(plan, topologyKind(kind), native, identity, name);
  const built = performance.now();
  try {
    await checkOffloads(plan, lab);
    const path = await verifyPath(plan, lab, native);
    const { startUpMs } = lab;
    const times = { buildMs: built - start - startUpMs, startUpMs, verifyMs: performance.now() - built };
    return { plan, lab, path, times };
  } catch (error) {
    await lab.close().catch(() => {});
    throw error;
  }
}

function standing(plan: Plan, lab: Lab, path: VerifiedPath, times: BuildTimes): Topology {
  const pairs = [plan, ...plan.morePairs].map(
    ({ client, server }, index): EndpointPair => ({
      client: endpoint('client', index, client, plan, lab),
      server: endpoint('server', index, server, plan, lab),
    }),
  );
  const { client, server } = pairs[0]!;
  const { target } = plan;
  return {
    kind: plan.kind,
    client,
    server,
    pairs,
    target: {
      ipv4: target?.ipv4 ?? server.ipv4,
      ipv6: target === undefined ? server.ipv6 : target.ipv6,
      port: target?.port,
      serverPort: target?.serverPort,
    },
    path,
    findings: path.findings,
    remarks: plan.remarks,
    carriers: findCarriers(plan, lab),
    times,
    description: (remarks) => describePath(plan, path, remarks),
    explainSilence: () => explainSilence(plan, lab, loadNative()),
    close: () => lab.close(),
    [Symbol.asyncDispose]: () => lab.close(),
  };
}

function endpoint(
  role: 'client' | 'server',
  index: number,
  { namespace, interface: device, ipv4, ipv6 }: PlannedEndpoint,
  plan: Plan,
  lab: Lab,
): Endpoint {
  return {
    name: index === 0 ? role : `${role}${index + 1}`,
    namespace: lab.namespace(namespace),
    interface: device,
    ipv4,
    ipv6,
    mtuBytes: plan.mtuBytes,
  };
}
