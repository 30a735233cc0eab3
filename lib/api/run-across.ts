import { linkFindings } from '../compare/link/link-findings.js';
import { watchLink } from '../compare/link/link-watch.js';
import type { LinkMeasurement } from '../compare/link-measurement.js';
import type { ClientConfiguration } from '../configuration/configuration.js';
import type { Pin } from '../configuration/cores.js';
import { type ClientRequest, resolveClient } from '../configuration/resolve-client.js';
import { packageVersion } from '../platform/package-version.js';
import { systemInfo } from '../platform/system-info.js';
import { createReporter } from '../report/create-reporter.js';
import { pinRemarks } from '../topology/description.js';
import type { Finding } from '../topology/diagnosis/finding.js';
import { findingsBefore, whyItBroke, whyNothingArrived } from '../topology/diagnosis/findings-before.js';
import type { Network } from '../topology/network.js';
import type { EndRecord, SessionEvent } from '../traffic/events.js';
import { receivedNothing } from '../traffic/received-nothing.js';
import { type BothEndsRun, runBothEnds, testOn } from '../traffic/run-both-ends.js';
import { interruptedError } from '../traffic/session.js';
import { type ChosenCores, chosenCores, endsOfTest, withPlacement } from './chosen-cores.js';
import { claimPort } from './claim-port.js';
import { machineWatchFor } from './machine-watches.js';
import { type RunningTest, type TestEvents, TestInProgress } from './running-test.js';
import { measuredTest, TestRecorder, wholeOutput } from './test-recorder.js';
import type { TestResult } from './test-result.js';

/** What to measure across a network; everything absent takes iperf3's default. Addresses are the network's. */
export interface AcrossRequest extends Omit<ClientRequest, 'host' | 'cores'> {
  /** Cores of the two ends' threads; `auto` = chosen for this machine. Default: wherever the scheduler puts them. */
  pin?: Pin | undefined;
  /** Measure round trips too: a second of them before the test, then while it runs. Default false. */
  latency?: boolean | undefined;
}

/** Beside what is to be measured. */
export interface AcrossOptions {
  /** Aborting ends the test at once: it is rejected with ERR_INTERRUPTED. */
  signal?: AbortSignal | undefined;
  /** false: of a test of many hours, intervals are told and not remembered. Default true. */
  keepIntervals?: boolean | undefined;
  /** Of how many intervals the CPU costs are kept. Default: of as many as are remembered. */
  mostCosts?: number | undefined;
}

/** What is known before the traffic starts. */
export interface TestPreparation {
  /** One line: the network, its addresses, the cores, the MTU. */
  description: string;
  /** The cores on which the ends will run. */
  pin: ChosenCores;
  /** What was found of the network and of this machine that matters to the test. */
  findings: Finding[];
}

/** What a test across a network tells, beside what every test tells. */
export interface AcrossEvents extends TestEvents {
  /** Everything was looked at; the ends connect. */
  prepared: TestPreparation;
  /** After a test that broke: what has happened to the network since it was verified. */
  causes: Finding[];
}

/** A test whose two ends were in this process. */
export interface AcrossResult extends TestResult {
  /** What was found before and after; with an error among them where nothing arrived. */
  findings: Finding[];
  /** Of them: why nothing arrived; empty where something did. */
  causes: Finding[];
  /** Of them: what the test showed of the link between two hosts. */
  ofLink: Finding[];
  /** The cores on which the ends ran, and why those where they were chosen. */
  pin: ChosenCores;
  /** Both ends' records, and what each interval cost either of them. */
  run: BothEndsRun;
}

/**
 * Runs both ends of a test across a network, in this process. A test of which nothing arrives is not rejected: the
 * result's findings say why. Several may run across one network at once, each on a port of its own where none is asked
 * for; networks whose server has one port (docker-published, two places) carry one test at a time.
 */
export function runAcross(
  network: Network,
  request: AcrossRequest | (ClientConfiguration & Pick<AcrossRequest, 'pin' | 'latency'>) = {},
  options: AcrossOptions = {},
): RunningTest<AcrossResult, AcrossEvents> {
  const test: TestInProgress<AcrossResult, AcrossEvents> = new TestInProgress(
    (tell, signal) =>
      measureAcross(network, request, options, signal, {
        tell,
        prepared: (preparation) => test.tellOf('prepared', preparation),
        causes: (causes) => test.tellOf('causes', causes),
      }),
    { ...options, signal: signalOf(network, options.signal) },
  );
  return test;
}

/** Places that were found may end before their test does. */
function signalOf(network: Network & { gone?: AbortSignal }, signal: AbortSignal | undefined): AbortSignal | undefined {
  const signals = [signal, network.gone].filter((one) => one !== undefined);
  return signals.length === 0 ? undefined : AbortSignal.any(signals);
}

interface Listeners {
  tell(event: SessionEvent): void;
  prepared(preparation: TestPreparation): void;
  causes(causes: Finding[]): void;
}

async function measureAcross(
  network: Network,
  request: AcrossRequest | (ClientConfiguration & Pick<AcrossRequest, 'pin' | 'latency'>),
  { keepIntervals, mostCosts }: AcrossOptions,
  signal: AbortSignal,
  listeners: Listeners,
): Promise<AcrossResult> {
  const checkNotAborted = () => {
    if (signal.aborted) throw interruptedError('client', signal.reason);
  };
  checkNotAborted();
  const { pin: asked, latency, ...rest } = request;
  const { target } = network;
  const ipv6 = rest.family === 6 || target.ipv4 === undefined;
  using own = claimPort(network, rest.port);
  const unplaced =
    'role' in rest
      ? rest
      : resolveClient({
          ...rest,
          port: own.port,
          host: (ipv6 ? target.ipv6 : target.ipv4) ?? '',
          family: undefined,
          output: wholeOutput(keepIntervals),
        });
  const pin = await chosenCores(asked, endsOfTest(unplaced.settings));
  const configuration = { ...unplaced, cores: pin.client };
  const test = testOn(network, configuration, ipv6);
  const findings = await findingsBefore(network, machineWatchFor(network), configuration, pin);
  const description = network.description({ ...pinRemarks(pin), family: ipv6 ? 6 : 4 });
  checkNotAborted();
  listeners.prepared({ description, pin, findings });

  const recorder = new TestRecorder({ keepIntervals });
  const report = (event: SessionEvent, found: readonly Finding[], link?: LinkMeasurement) => {
    const whole = withPlacement(event.type === 'end' ? withTopology(event, network, found, link) : event, pin);
    recorder.add(whole);
    listeners.tell(whole);
  };
  // What the server would print goes nowhere, unless the client asks for it (--get-server-output).
  const details = { version: packageVersion(), systemInfo: systemInfo() };
  const serverReport = createReporter('server', configuration.output, { out: () => {}, err: () => {} }, details);
  const held: SessionEvent[] = [];
  const watched = await watchLink(network, { pin, ipv6 });
  try {
    const run = await runBothEnds(network, test, {
      pin,
      latency,
      signal,
      mergeIntervals: keepIntervals === false,
      mostCosts,
      onEvent: (event) => {
        // A rate of zero and a test that broke are not reported without their cause, nor a rate over a link without what
        // that carries: both are looked for when the test is over.
        const isHeld =
          event.type === 'end' && (network.link !== undefined || event.incomplete || receivedNothing(event));
        if (held.length > 0 || isHeld) held.push(event);
        else report(event, findings);
      },
      onServerEvent: (event) => serverReport.handle(event),
      serverOutput: () => serverReport.serverOutput(),
    });
    const causes = receivedNothing(run.end) ? await whyNothingArrived(network) : [];
    const surroundings = {
      path: {
        kind: network.kind,
        description,
        pathMtuBytes: network.path.pathMtuBytes,
        hops: network.path.hops,
        remarks: [...(network.remarks ?? [])],
      },
      link: await watched(),
      warnings: [
        ...findings.filter(({ severity }) => severity === 'warning').map(({ message }) => message),
        ...recorder.warnings,
      ],
    };
    const measurement = measuredTest(run, surroundings);
    const ofLink = linkFindings(measurement.link, measurement.durationSeconds);
    const found = [...causes, ...ofLink, ...findings];
    for (const event of held.splice(0)) report(event, found, measurement.link);
    return { ...recorder.result(recorder.end ?? run.end, measurement), findings: found, causes, ofLink, pin, run };
  } catch (error) {
    const causes = await whyItBroke(network, error);
    for (const event of held) report(event, [...causes, ...findings]);
    if (causes.length > 0) listeners.causes(causes);
    throw error;
  }
}

/** The result says on what it was measured. */
function withTopology(
  end: EndRecord,
  { kind, path, remarks = [] }: Network,
  findings: readonly Finding[],
  link?: LinkMeasurement,
): EndRecord {
  // Findings of the path are among those of the whole.
  const { findings: _, ...verified } = path;
  return { ...end, facts: { ...end.facts, topology: { kind, path: verified, remarks, findings, link } } };
}
