import { hostname } from 'node:os';
import { VnetperfError } from '../errors.js';
import { locateCommand } from '../platform/run-command.js';
import { examineEngine } from '../topology/diagnosis/engine-facts.js';
import { engineFindings } from '../topology/diagnosis/engine-findings.js';
import type { Finding } from '../topology/diagnosis/finding.js';
import { type MachineFacts, MachineWatch } from '../topology/diagnosis/machine-facts.js';
import { machineFindings } from '../topology/diagnosis/machine-findings.js';
import { PathError } from '../topology/diagnosis/path-error.js';
import { soundness } from '../topology/diagnosis/soundness.js';
import { topologyKind } from '../topology/kinds.js';
import type { Network } from '../topology/network.js';
import { between } from '../topology/places/between.js';
import { parsePlace } from '../topology/places/parse-place.js';
import type { EngineAddress } from '../topology/places/place.js';
import { topology } from '../topology/topology.js';
import { errorLines } from './command-frame.js';
import { type DoctorCommand, parseDoctorArguments } from './doctor-arguments.js';
import { doctorHelpText } from './doctor-help.js';
import { type Diagnosis, diagnosisJson, diagnosisText } from './doctor-report.js';
import { needsRootless, rerunRootless } from './rootless.js';
import { abortOnSignals } from './signals.js';
import { programName } from './usage-error.js';

type Subject = Exclude<DoctorCommand, { subject: 'help' }>;

/**
 * `vnetperf doctor [KIND | A B]`: looks at what `run` or `between` would, and says all of it instead of the first error.
 * @returns the exit status: 1 where something was found that a measurement would fail of.
 */
export async function doctorCommandLine(argv: readonly string[]): Promise<number> {
  const asked = parseDoctorArguments(argv);
  try {
    return await execute(asked, argv);
  } catch (error) {
    if (!(error instanceof VnetperfError)) throw error;
    process.stderr.write(`${errorLines(error, `${programName}: `).join('\n')}\n`);
    return 1;
  }
}

async function execute(asked: DoctorCommand, argv: readonly string[]): Promise<number> {
  if (asked.subject === 'help') {
    process.stdout.write(`${doctorHelpText()}\n`);
    return 0;
  }
  if (asked.subject === 'kind' && topologyKind(asked.kind).rootless && needsRootless()) {
    return await rerunRootless(['doctor', ...argv]);
  }
  // A signal ends the looking when the network that was built for it is gone again.
  const signals = abortOnSignals();
  try {
    const diagnosis = await diagnose(asked);
    process.stdout.write(`${asked.json ? diagnosisJson(diagnosis) : diagnosisText(diagnosis)}\n`);
    const sick = signals.signal.aborted || diagnosis.findings.some(({ severity }) => severity === 'error');
    return sick ? 1 : 0;
  } finally {
    signals.dispose();
  }
}

async function diagnose(asked: Subject): Promise<Diagnosis> {
  const watch = new MachineWatch();
  const engine = await engineOf(asked);
  const broken = asked.subject === 'kind' && engine.some(({ severity }) => severity === 'error');
  const looked = asked.subject === 'machine' || broken ? undefined : await lookAt(asked, watch);
  const machine = looked?.machine ?? (await watch.finish());
  const findings = [
    ...engine,
    ...(looked?.findings ?? []),
    ...machineFindings(machine, looked?.path?.congestion),
    ...soundness(looked?.path, machine),
  ];
  return { head: looked?.head ?? headOf(asked, machine), path: looked?.path, findings };
}

function headOf(asked: Subject, { allowedCores }: MachineFacts): string {
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

async function lookAt(asked: Exclude<Subject, { subject: 'machine' }>, watch: MachineWatch): Promise<LookedAt> {
  try {
    await using network = await (asked.subject === 'kind' ? topology(asked.kind, asked.network) : found(asked));
    const family = asked.network.ipv6 || network.client.ipv4 === undefined ? 6 : 4;
    return {
      head: network.description({ family }),
      path: network.path,
      // While the network stands: its switch may be what keeps a core busy.
      machine: await watch.finish(),
      findings: network.findings,
    };
  } catch (error) {
    if (!(error instanceof VnetperfError)) throw error;
    return { findings: error instanceof PathError ? error.findings : [findingOf(error)] };
  }
}

function found({ places, network: { engineHost, ipv6 } }: Subject & { subject: 'places' }) {
  const [client, server] = places.map((text) => parsePlace(text, { engineHost }));
  return between(client!, server!, ipv6 ? { family: 6 } : {});
}

/** An engine is looked at where the subject is on one, and where only the machine is asked about, if it has one. */
async function engineOf(asked: Subject): Promise<Finding[]> {
  const address = engineAddress(asked);
  if (address === undefined) return [];
  const { network, subject } = asked;
  const wanted = subject !== 'machine' || network.engine !== undefined || network.engineHost !== undefined;
  if (!wanted && locateCommand(address.program) === undefined) return [];
  try {
    const kind = subject === 'kind' ? asked.kind : 'doctor';
    return engineFindings(await examineEngine(kind, address), subject === 'places' ? 'warning' : 'error');
  } catch (error) {
    if (!(error instanceof VnetperfError)) throw error;
    // What a place says of its engine, it says itself.
    if (subject === 'places') return [];
    return [{ ...findingOf(error), severity: wanted ? 'error' : 'note' }];
  }
}

function engineAddress(asked: Subject): EngineAddress | undefined {
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
