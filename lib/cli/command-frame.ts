import type { Configuration } from '../configuration/configuration.js';
import { VnetperfError } from '../errors.js';
import { packageVersion } from '../platform/package-version.js';
import { systemInfo } from '../platform/system-info.js';
import { createReporter } from '../report/create-reporter.js';
import type { Reporter, ReporterDetails } from '../report/reporter.js';
import { reportFailure } from './daemon.js';
import { ERROR_BEGINS, errorLines } from './error-lines.js';
import { TestOutcome } from './outcome/test-outcome.js';
import { Output } from './output/output.js';
import type { ParsedBetween, ParsedClient, ParsedRun, ParsedServer } from './parse-options.js';
import { writePidFile } from './pid-file.js';
import { statusOfLostOutput } from './reader-gone.js';
import { abortOnSignals, statusWithoutResult } from './signals.js';
import { TestProgress } from './test-progress.js';
import { messagePrefix } from './usage-error.js';

/** What every command that runs a test has around it. */
export interface CommandFrame {
  output: Output;
  reporter: Reporter;
  /** What the reporter was made with, for others beside it. */
  details: ReporterDetails;
  signal: AbortSignal;
}

/**
 * Opens the log, writes the pid file, listens for signals; runs the command; takes it all back.
 * @param body returns the exit status. A VnetperfError that it throws belongs to no test and is told here: as a JSON
 * report where one was asked for, else in words that begin with `errorBegins`.
 */
export async function framed(
  configuration: Configuration,
  parsed: ParsedClient | ParsedServer | ParsedRun | ParsedBetween,
  body: (frame: CommandFrame) => Promise<number>,
  errorBegins = ERROR_BEGINS,
): Promise<number> {
  const signals = abortOnSignals();
  let lostOutput: number | undefined;
  let removePidFile = () => {};
  let output: Output | undefined;
  let reporter: Reporter | undefined;
  let outcome: TestOutcome | undefined;
  const progress = new TestProgress(configuration);
  try {
    output = new Output(configuration.output, {
      onReaderGone: (error) => {
        // A server has other clients to come; iperf3's goes on too.
        if (configuration.role === 'server') return;
        lostOutput = statusOfLostOutput(error);
        signals.abort(new Error('standard output takes no more'));
      },
    });
    for (const line of parsed.notices) output.out(line);
    for (const line of parsed.warnings) output.warn(line);
    if (parsed.kind !== 'server') outcome = new TestOutcome(parsed, { say: output.out, warn: output.warn });
    if (configuration.pidFilePath !== undefined) removePidFile = writePidFile(configuration.pidFilePath);
    const settings = configuration.role === 'client' ? configuration.settings : undefined;
    const details: ReporterDetails = {
      version: packageVersion(),
      systemInfo: systemInfo(),
      title: settings?.title,
      extraData: settings?.extraData,
    };
    reporter = progress.beside(createReporter(configuration.role, configuration.output, output, details));
    const ended = await body({
      output,
      reporter: outcome?.beside(reporter) ?? reporter,
      details,
      signal: signals.signal,
    });
    const status = outcome?.finish(ended) ?? ended;
    return lostOutput ?? status;
  } catch (error) {
    if (lostOutput !== undefined) return lostOutput;
    if (!(error instanceof VnetperfError)) throw error;
    if (reporter !== undefined && configuration.output.mode !== 'text') {
      reporter.handle({ type: 'error', error });
      reportFailure(errorLines(error).join('\n'));
      return endedBefore(error);
    }
    const say = output?.err ?? ((line: string) => process.stderr.write(`${line}\n`));
    const lines = errorLines(error, errorBegins);
    // What iperf3's server says when it cannot even begin.
    if (configuration.role === 'server') lines.push(`${messagePrefix}: exiting`);
    for (const line of lines) say(line);
    reportFailure(lines.join('\n'));
    return endedBefore(error);
  } finally {
    progress.close();
    removePidFile();
    output?.close();
    signals.dispose();
  }

  /** No test has begun: of our own commands nothing is done then, and iperf3's end as iperf3 does. */
  function endedBefore(error: VnetperfError): number {
    const status = exitStatus(error);
    const told = outcome?.finish(status, error) ?? status;
    const ofIperf3 = parsed.kind === 'client' || parsed.kind === 'server';
    return told !== 0 || ofIperf3 ? told : statusWithoutResult(error);
  }
}

/** iperf3 counts an interruption as success since 3.19. */
export function exitStatus(error: unknown): number {
  if (!(error instanceof VnetperfError)) throw error;
  return error.code === 'ERR_INTERRUPTED' ? 0 : 1;
}
