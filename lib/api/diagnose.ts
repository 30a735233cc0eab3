import { hostname } from 'node:os';
import { interruptionOf, VnetperfError } from '../errors.js';
import { locateCommand } from '../platform/run-command.js';
import type { BuildWatch } from '../topology/build-watch.js';
import { examineEngine } from '../topology/diagnosis/engine-facts.js';
import { engineFindings } from '../topology/diagnosis/engine-findings.js';
import type { Finding } from '../topology/diagnosis/finding.js';
import { type MachineFacts, MachineWatch } from '../topology/diagnosis/machine-facts.js';
import { machineFindings } from '../topology/diagnosis/machine-findings.js';
import { PathError } from '../topology/diagnosis/path-error.js';
import { soundness } from '../topology/diagnosis/soundness.js';
import { topologyKind } from '../topology/kinds.js';
import type { Network } from '../topology/network.js';
import type { TopologyOptions } from '../topology/options.js';
import { parsePlace } from '../topology/places/parse-place.js';
import type { EngineAddress } from '../topology/places/place.js';
import { topology } from '../topology/topology.js';
import type { VerifiedPath } from '../topology/verify.js';
import { between } from './between.js';
import { unlessAborted } from './unless-aborted.js';

/** What is to be looked at: this machine, a network as it would be built, or two places that are there already. */
export type DiagnosisSubject = { network: TopologyOptions } & (
  | { subject: 'machine' }
  | { subject: 'kind'; kind: string }
  | { subject: 'places'; places: [client: string, server: string] }
);

/** What was found. */
export interface Diagnosis {
  /** What was looked at, in one line. */
  head: string;
  /** The way from end to end, where there is one. */
  path: VerifiedPath | undefined;
  /** All of it; with an error among them a measurement would fail or be wrong. */
  findings: readonly Finding[];
}

/**
 * Looks at what a test would meet, and says all of it instead of the first error: a network is built or found, tried, and
 * removed again.
 *
 * @throws RequestError for an unknown kind or place; InterruptedError where it was aborted.
 */
export async function diagnose(asked: DiagnosisSubject, building: BuildWatch = {}): Promise<Diagnosis> {
  const { signal } = building;
  const watch = new MachineWatch();
  const engine = await unlessAborted(() => engineOf(asked, signal), signal, INTERRUPTED);
  const broken = asked.subject === 'kind' && engine.some(({ severity }) => severity === 'error');
  const looked = asked.subject === 'machine' || broken ? undefined : await lookAt(asked, watch, building);
  const machine = looked?.machine ?? (await unlessAborted(() => watch.finish(), signal, INTERRUPTED));
  // It came while a network was looked at, which is gone by now.
  if (signal?.aborted) throw interruptionOf(INTERRUPTED, signal.reason);
  const findings = [
    ...engine,
    ...(looked?.findings ?? []),
    ...machineFindings(machine, looked?.path?.congestion),
    ...soundness(looked?.path, machine),
  ];
  return { head: looked?.head ?? headOf(asked, machine), path: looked?.path, findings };
}

const INTERRUPTED = 'the diagnosis was interrupted';

function headOf(asked: DiagnosisSubject, { allowedCores }: MachineFacts): string {
  switch (asked.subject) {
    case 'machine':
      return `${hostname()}: ${allowedCores.length} ${allowedCores.length === 1 ? 'core' : 'cores'} to use`;
    case 'kind':
      return `${asked.kind}: cannot be measured here`;
    case 'places':
      return `between ${asked.places.join(' and ')}: cannot be measured`;
  }
}

interface LookedAt {
  head?: string;
  path?: Network['path'];
  machine?: MachineFacts;
  findings: readonly Finding[];
}

async function lookAt(
  asked: Exclude<DiagnosisSubject, { subject: 'machine' }>,
  watch: MachineWatch,
  building: BuildWatch,
): Promise<LookedAt> {
  try {
    await using network = await (asked.subject === 'kind'
      ? topology(asked.kind, asked.network, building)
      : found(asked, building));
    const family = asked.network.ipv6 || network.client.ipv4 === undefined ? 6 : 4;
    return {
      head: network.description({ family }),
      path: network.path,
      // While the network stands: its switch may be what keeps a core busy.
      machine: await watch.finish(),
      findings: network.findings,
    };
  } catch (error) {
    if (!(error instanceof VnetperfError) || error.code === 'ERR_INTERRUPTED') throw error;
    return { findings: error instanceof PathError ? error.findings : [findingOf(error)] };
  }
}

function found(
  { places, network: { engineHost, ipv6 } }: DiagnosisSubject & { subject: 'places' },
  building: BuildWatch,
) {
  return between(...places, { engineHost, signal: building.signal, ...(ipv6 ? { family: 6 } : {}) });
}

/** An engine is looked at where the subject is on one, and where only the machine is asked about, if it has one. */
async function engineOf(asked: DiagnosisSubject, signal: AbortSignal | undefined): Promise<Finding[]> {
  const address = engineAddress(asked);
  if (address === undefined) return [];
  const { network, subject } = asked;
  const wanted = subject !== 'machine' || network.engine !== undefined || network.engineHost !== undefined;
  if (!wanted && locateCommand(address.program) === undefined) return [];
  try {
    const kind = subject === 'kind' ? asked.kind : 'doctor';
    return engineFindings(await examineEngine(kind, address, signal), subject === 'places' ? 'warning' : 'error');
  } catch (error) {
    if (!(error instanceof VnetperfError) || error.code === 'ERR_INTERRUPTED') throw error;
    // What a place says of its engine, it says itself.
    if (subject === 'places') return [];
    return [{ ...findingOf(error), severity: wanted ? 'error' : 'note' }];
  }
}

function engineAddress(asked: DiagnosisSubject): EngineAddress | undefined {
  const { engine: program = 'docker', engineHost: host } = asked.network;
  switch (asked.subject) {
    case 'machine':
      return { program, host };
    case 'kind':
      return topologyKind(asked.kind).takes.includes('engineHost') ? { program, host } : undefined;
    case 'places': {
      const [container] = asked.places
        .map((text) => parsePlace(text, { engineHost: host }))
        .filter((source) => source.type === 'container');
      return container?.engine;
    }
  }
}

function findingOf({ code, message, remedy }: VnetperfError): Finding {
  return { severity: 'error', code, message, remedy };
}
