import type { Configuration } from '../configuration/configuration.js';
import { VnetperfError } from '../errors.js';
import { packageVersion } from '../platform/package-version.js';
import { systemInfo } from '../platform/system-info.js';
import { createReporter } from '../report/create-reporter.js';
import type { Reporter } from '../report/reporter.js';
import { reportFailure } from './daemon.js';
import { Output } from './output/output.js';
import { writePidFile } from './pid-file.js';
import { abortOnSignals } from './signals.js';
import { messagePrefix } from './usage-error.js';

/** What a shell reports for a program that wrote to a pipe nobody reads: 128 + SIGPIPE. */
const READER_GONE_STATUS = 141;

/** What every command that runs a test has around it. */
export interface CommandFrame {
  output: Output;
  reporter: Reporter;
  signal: AbortSignal;
}

/** How iperf3 begins what it says of an error. */
const ERROR_BEGINS = `${messagePrefix}: error - `;

/**
 * Opens the log, writes the pid file, listens for signals; runs the command; takes it all back.
 * @param body returns the exit status. A VnetperfError that it throws belongs to no test and is told here: as a JSON
 * report where one was asked for, else in words that begin with `errorBegins`.
 */
export async function framed(
  configuration: Configuration,
  { notices, warnings }: { notices: string[]; warnings: string[] },
  body: (frame: CommandFrame) => Promise<number>,
  errorBegins = ERROR_BEGINS,
): Promise<number> {
  const signals = abortOnSignals();
  let readerGone = false;
  let removePidFile = () => {};
  let output: Output | undefined;
  let reporter: Reporter | undefined;
  try {
    output = new Output(configuration.output, {
      onReaderGone: () => {
        // A server has other clients to come; iperf3's goes on too.
        if (configuration.role === 'server') return;
        readerGone = true;
        signals.abort(new Error('standard output takes no more'));
      },
    });
    for (const line of notices) output.out(line);
    for (const line of warnings) output.warn(line);
    if (configuration.pidFilePath !== undefined) removePidFile = writePidFile(configuration.pidFilePath);
    const settings = configuration.role === 'client' ? configuration.settings : undefined;
    reporter = createReporter(configuration.role, configuration.output, output, {
      version: packageVersion(),
      systemInfo: systemInfo(),
      title: settings?.title,
      extraData: settings?.extraData,
    });
    const status = await body({ output, reporter, signal: signals.signal });
    return readerGone ? READER_GONE_STATUS : status;
  } catch (error) {
    if (readerGone) return READER_GONE_STATUS;
    if (!(error instanceof VnetperfError)) throw error;
    if (reporter !== undefined && configuration.output.mode !== 'text') {
      reporter.handle({ type: 'error', error });
      reportFailure(errorLines(error).join('\n'));
      return 1;
    }
    const say = output?.err ?? ((line: string) => process.stderr.write(`${line}\n`));
    const lines = errorLines(error, errorBegins);
    // What iperf3's server says when it cannot even begin.
    if (configuration.role === 'server') lines.push(`${messagePrefix}: exiting`);
    for (const line of lines) say(line);
    reportFailure(lines.join('\n'));
    return 1;
  } finally {
    removePidFile();
    output?.close();
    signals.dispose();
  }
}

/** An error that belongs to no test, in iperf3's shape, and below it what to do. */
export function errorLines(error: VnetperfError, begin = ERROR_BEGINS): string[] {
  const beginning = error.code === 'ERR_ANOTHER_INSTANCE' ? `${messagePrefix}: ` : begin;
  return [`${beginning}${error.message}`, ...(error.remedy === undefined ? [] : [`  ${error.remedy}`])];
}

/** iperf3 counts an interruption as success since 3.19. */
export function exitStatus(error: unknown): number {
  if (!(error instanceof VnetperfError)) throw error;
  return error.code === 'ERR_INTERRUPTED' ? 0 : 1;
}
