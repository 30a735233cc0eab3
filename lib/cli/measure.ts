import type { ClientConfiguration } from '../configuration/configuration.js';
import { packageVersion } from '../platform/package-version.js';
import { systemInfo } from '../platform/system-info.js';
import { createReporter } from '../report/create-reporter.js';
import { intervalCostLines } from '../report/interval-cost-table.js';
import { latencyLines } from '../report/latency-lines.js';
import { runTableLines } from '../report/run-table.js';
import { pinRemarks } from '../topology/description.js';
import type { Finding } from '../topology/diagnosis/finding.js';
import { findingsBefore, whyNothingArrived } from '../topology/diagnosis/findings-before.js';
import type { MachineWatch } from '../topology/diagnosis/machine-facts.js';
import type { Network } from '../topology/network.js';
import type { EndRecord, SessionEvent } from '../traffic/events.js';
import { documentHoldsIntervals } from '../traffic/kept-intervals.js';
import { receivedNothing } from '../traffic/received-nothing.js';
import { runBothEnds, testOn } from '../traffic/run-both-ends.js';
import { type CommandFrame, exitStatus } from './command-frame.js';
import { findingLines } from './doctor-report.js';
import { type ChosenCores, pinLines, withPlacement } from './pinned-cores.js';

/** A table of more rows nobody reads, and memory shall not grow with the time. */
const MOST_COST_ROWS = 1000;

/**
 * Runs both ends of one test across a network in this process, and reports.
 * @returns the exit status.
 */
export async function measure(
  network: Network,
  asked: ClientConfiguration,
  pin: ChosenCores,
  ipv6: boolean,
  { output, reporter, signal }: CommandFrame,
  watch: MachineWatch,
  latency = false,
): Promise<number> {
  const test = testOn(network, asked, ipv6);
  const findings = await findingsBefore(network, watch, asked, pin);
  const text = asked.output.mode === 'text';
  // A table below the report, where somebody else has a part in the cost.
  const perInterval = text && (network.carriers.length > 0 || asked.output.verbose);
  if (text) {
    output.out(network.description({ ...pinRemarks(pin), family: ipv6 ? 6 : 4 }));
    for (const line of pinLines(pin)) output.out(line);
    for (const line of findingLines(findings.filter(({ severity }) => severity === 'warning'))) output.out(line);
    output.out('');
  }

  // What the server would print goes nowhere, unless the client asks for it (--get-server-output).
  const serverReport = createReporter(
    'server',
    asked.output,
    { out: () => {}, err: () => {} },
    {
      version: packageVersion(),
      systemInfo: systemInfo(),
    },
  );
  const report = (event: SessionEvent, found: readonly Finding[]) =>
    reporter.handle(withPlacement(event.type === 'end' ? withTopology(event, network, found) : event, pin));
  const held: SessionEvent[] = [];
  let told: unknown;
  try {
    const run = await runBothEnds(network, test, {
      pin,
      latency,
      signal,
      mergeIntervals: true,
      mostCosts: perInterval ? MOST_COST_ROWS : documentHoldsIntervals(asked.output) ? undefined : 0,
      onEvent: (event) => {
        if (event.type === 'error') told = event.error;
        // A rate of zero is not reported without its cause, which is looked for when the test is over.
        if (held.length > 0 || (event.type === 'end' && receivedNothing(event))) held.push(event);
        else report(event, findings);
      },
      onServerEvent: (event) => serverReport.handle(event),
      serverOutput: () => serverReport.serverOutput(),
    });
    const causes = held.length > 0 ? await whyNothingArrived(network) : [];
    for (const event of held.splice(0)) {
      report(event, [...causes, ...findings]);
    }
    if (text) {
      const table = perInterval ? ['', ...intervalCostLines(run.costs, run.costsLeftOut)] : [];
      const why = causes.length > 0 ? ['', ...findingLines(causes)] : [];
      const lines = [
        ...runTableLines(run, asked.output.verbose),
        ...latencyLines(run.end.facts.latency),
        ...table,
        ...why,
      ];
      for (const line of ['', ...lines]) output.out(line);
    }
    return causes.length > 0 ? 1 : 0;
  } catch (error) {
    for (const event of held) {
      report(event, findings);
    }
    if (error !== told) throw error;
    return exitStatus(error);
  }
}

/** The result says on what it was measured. */
function withTopology(end: EndRecord, { kind, path, remarks = [] }: Network, findings: readonly Finding[]): EndRecord {
  // Findings of the path are among those of the whole.
  const { findings: _, ...verified } = path;
  return { ...end, facts: { ...end.facts, topology: { kind, path: verified, remarks, findings } } };
}
