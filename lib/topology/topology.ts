import type { VnetperfError } from '../errors.js';
import { loadNative } from '../platform/load-native.js';
import { BuildWaits, type BuildWatch } from './build-watch.js';
import { findCarriers } from './carriers.js';
import { describePath } from './description.js';
import type { Finding } from './diagnosis/finding.js';
import { explainSilence } from './diagnosis/silence.js';
import { checkOffloads } from './end-offloads.js';
import type { Endpoint } from './endpoint.js';
import { readLinkCounters } from './hosts/link-counters.js';
import { planTopology, topologyKind } from './kinds.js';
import { Lab } from './lab.js';
import { type LabIdentity, newLabIdentity } from './lab-identity.js';
import type { BuildTimes, EndpointPair, Network } from './network.js';
import type { TopologyOptions } from './options.js';
import type { Plan, PlannedEnd } from './plan.js';
import { type VerifiedPath, verifyPath } from './verify.js';

/** Of a network for which others were quicker each time. */
const MOST_PLANS = 3;

/** A network that stands, was found to carry packets, and goes with close(), `await using`, or this process. */
export interface Topology extends Network, AsyncDisposable {
  /** How long building and verifying it took. */
  readonly times: BuildTimes;
  /** Removes the network. Idempotent. Throws VnetperfError ERR_TOPOLOGY_REMOVAL. */
  close(): Promise<void>;
}

/**
 * Builds a network of our own and verifies it. Throws VnetperfError: ERR_UNKNOWN_KIND, ERR_MTU, ERR_COMMAND_MISSING,
 * ERR_NO_PERMISSION, ERR_NAMESPACE, ERR_TOPOLOGY_BUILD, ERR_DAEMON_START, ERR_COMMAND_TIMEOUT, ERR_INTERRUPTED, or, when
 * it stands but would carry nothing, ERR_PATH_DOWN, ERR_PATH_MTU, ERR_PATH_UNREACHABLE. Nothing is left behind when it throws.
 */
export async function topology(kind: string, options: TopologyOptions = {}, watch: BuildWatch = {}): Promise<Topology> {
  const { plan, lab, path, times } = await buildVerified(kind, options, newLabIdentity(), undefined, watch);
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
  watch: BuildWatch = {},
): Promise<VerifiedLab> {
  const start = performance.now();
  const waits = new BuildWaits(kind, name, watch);
  waits.check();
  const plan = () =>
    planTopology(kind, options, identity, watch.signal).catch((error) => {
      // Ctrl-C reaches the engine's command that was asked too, which then fails for no reason of its own.
      waits.check();
      throw error;
    });
  const native = loadNative();
  const build = (planned: Plan) => Lab.build(planned, topologyKind(kind), native, identity, name, watch);
  const { planned, lab } = await builtAsPlanned(plan, build, options);
  const built = performance.now();
  let verified: VerifiedLab;
  try {
    const plan = await learned(planned, lab);
    await checkOffloads(plan, lab);
    const found = await verifyPath(plan, lab, native);
    const path = { ...found, findings: [...lab.notes.warnings.map(warningOf), ...found.findings] };
    const { startUpMs } = lab;
    const times = { buildMs: built - start - startUpMs, startUpMs, verifyMs: performance.now() - built };
    verified = { plan, lab, path, times };
  } catch (error) {
    await lab.close().catch(() => {});
    throw error;
  }
  // Trying it is not cut short; who has lost patience meanwhile gets no network.
  if (watch.signal?.aborted) await lab.close();
  waits.check();
  return verified;
}

/**
 * Two that choose a free subnet or port at the same moment may choose the same, and one of them gets it: the other
 * plans anew, unless it was told which to take.
 */
async function builtAsPlanned(
  plan: () => Promise<Plan>,
  build: (planned: Plan) => Promise<Lab>,
  { subnet, port }: TopologyOptions,
): Promise<{ planned: Plan; lab: Lab }> {
  for (let attempt = 1; ; attempt++) {
    const planned = await plan();
    try {
      return { planned, lab: await build(planned) };
    } catch (error) {
      const { code } = error as Partial<VnetperfError>;
      const takenMeanwhile =
        (code === 'ERR_SUBNET_IN_USE' && subnet === undefined) || (code === 'ERR_PORT_IN_USE' && port === undefined);
      if (!takenMeanwhile || attempt === MOST_PLANS) throw error;
    }
  }
}

/** The plan as it came out, where others had a part in it. */
async function learned(planned: Plan, lab: Lab): Promise<Plan> {
  const remarked = { ...planned, remarks: [...planned.remarks, ...lab.notes.remarks] };
  const plan = await topologyKind(planned.kind).learn?.(remarked, lab);
  if (plan === undefined) return remarked;
  lab.learned(plan);
  return plan;
}

function warningOf({ code, message, remedy = '' }: VnetperfError): Finding {
  return { severity: 'warning', code, message, remedy };
}

function standing(plan: Plan, lab: Lab, path: VerifiedPath, times: BuildTimes): Topology {
  const pairs = [plan, ...plan.morePairs].map(
    ({ client, server }, index): EndpointPair => ({
      client: endpoint('client', index, client, plan, lab),
      server: endpoint('server', index, server, plan, lab),
    }),
  );
  const { client, server } = pairs[0]!;
  const { target, link } = plan;
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
    link,
    ...(link === undefined ? {} : { linkCounters: () => readLinkCounters(lab, link) }),
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
  { namespace, interface: device, ipv4, ipv6 }: PlannedEnd,
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
