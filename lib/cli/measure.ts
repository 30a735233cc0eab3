import { type AcrossRequest, type AcrossResult, runAcross } from '../api/run-across.js';
import type { ClientConfiguration } from '../configuration/configuration.js';
import { intervalCostLines } from '../report/interval-cost-table.js';
import { latencyLines } from '../report/latency-lines.js';
import { runTableLines } from '../report/run-table.js';
import type { Finding } from '../topology/diagnosis/finding.js';
import type { Network } from '../topology/network.js';
import { type CommandFrame, exitStatus } from './command-frame.js';
import { findingLines } from './doctor-report.js';
import { pinLines } from './pinned-cores.js';

/** A table of more rows nobody reads, and memory shall not grow with the time. */
const MOST_COST_ROWS = 1000;

/**
 * Runs both ends of one test across a network in this process, and reports.
 * @returns the exit status.
 */
export async function measure(
  network: Network,
  request: ClientConfiguration & Pick<AcrossRequest, 'pin' | 'latency'>,
  { output, reporter, signal }: CommandFrame,
): Promise<number> {
  const text = request.output.mode === 'text';
  const inDocument = request.output.mode === 'json' || request.output.jsonStreamFullOutput;
  // A table below the report, where somebody else has a part in the cost.
  const perInterval = text && (network.carriers.length > 0 || request.output.verbose);
  const mostCosts = perInterval ? MOST_COST_ROWS : inDocument ? undefined : 0;
  const say = (lines: readonly string[]) => {
    if (text) for (const line of lines) output.out(line);
  };
  let told: unknown;
  const test = runAcross(network, request, { signal, keepIntervals: false, mostCosts });
  test.on('prepared', ({ description, pin, findings }) => {
    const warnings = findings.filter(({ severity }) => severity === 'warning');
    say([description, ...pinLines(pin), ...findingLines(warnings), '']);
  });
  test.on('event', (event) => {
    if (event.type === 'error') told = event.error;
    reporter.handle(event);
  });
  test.on('causes', (causes) => say(findingLines(causes)));
  try {
    const result = await test;
    say(linesBelow(result, request.output.verbose, perInterval));
    return result.causes.length > 0 ? 1 : 0;
  } catch (error) {
    if (error !== told) throw error;
    return exitStatus(error);
  }
}

function linesBelow(result: AcrossResult, verbose: boolean, perInterval: boolean): string[] {
  const { run, measurement } = result;
  const found: Finding[] = [...result.causes, ...result.ofLink];
  return [
    '',
    ...runTableLines(run, measurement, verbose),
    ...latencyLines(run.end.facts.latency),
    ...(perInterval ? ['', ...intervalCostLines(run.costs, run.costsLeftOut)] : []),
    ...(found.length > 0 ? ['', ...findingLines(found)] : []),
  ];
}
