import { VnetperfError } from '../../errors.js';
import { type MeasuredTestMetrics, metricsReport, type SessionEvent } from '../../index.js';
import { errorLines } from '../error-lines.js';
import type { ParsedServer } from '../parse-options.js';
import { programName } from '../usage-error.js';
import { checkOutcomeFiles, writeOutcomeFile } from './outcome-files.js';
import { testBegun } from './test-begun.js';

/** --metrics of a server: the last test of each protocol and direction, written when a test is over. */
export class ServerMetrics {
  readonly #path: string | undefined;
  readonly #warn: (line: string) => void;
  /** Under way, by their numbers. */
  readonly #running = new Map<number, MeasuredTestMetrics>();
  readonly #last = new Map<string, MeasuredTestMetrics>();

  /** @throws VnetperfError ERR_REPORT_FILE where the file cannot be written. */
  constructor({ own, configuration }: ParsedServer, warn: (line: string) => void) {
    const { pidFilePath, output } = configuration;
    checkOutcomeFiles(
      own,
      [pidFilePath, output.logFilePath].filter((path) => path !== undefined),
    );
    this.#path = own.metrics;
    this.#warn = warn;
  }

  handle(event: SessionEvent, testNumber: number | undefined): void {
    if (this.#path === undefined || testNumber === undefined) return;
    if (event.type === 'connect') this.#running.set(testNumber, testBegun(event));
    const test = this.#running.get(testNumber);
    // An error between two tests is of none.
    if (test === undefined) return;
    if (event.type === 'end') this.#running.set(testNumber, { ...test, end: event });
    if (event.type !== 'done' && event.type !== 'error') return;
    this.#running.delete(testNumber);
    const ended = { ...test, endedAtMs: Date.now(), completed: event.type === 'done' };
    this.#last.set(`${test.protocol} ${test.direction}`, ended);
    this.#write(this.#path);
  }

  #write(path: string): void {
    try {
      writeOutcomeFile('--metrics', path, metricsReport([...this.#last.values()]));
    } catch (error) {
      // Of no concern to clients: it goes on serving.
      if (!(error instanceof VnetperfError)) throw error;
      for (const line of errorLines(error, `${programName}: `)) this.#warn(line);
    }
  }
}
