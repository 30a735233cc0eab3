import type { OutputConfiguration } from '../configuration/configuration.js';
import type { SessionEvent } from '../traffic/events.js';
import { createReporter } from './create-reporter.js';
import type { Reporter, ReporterDetails, ReportSinks, ServerOutput } from './reporter.js';

/**
 * Reports of a server that runs several tests at once: a reporter for each, whose lines begin with the test's number
 * (`#3:  `, as a client's begin with its title). JSON documents come whole, one a test; events of --json-stream carry the
 * number.
 */
export class ServerReports {
  readonly #output: OutputConfiguration;
  readonly #sinks: ReportSinks;
  readonly #details: ReporterDetails;
  readonly #server: Reporter;
  readonly #tests = new Map<number, Reporter>();

  /** @param server reports what belongs to no test. */
  constructor(server: Reporter, output: OutputConfiguration, sinks: ReportSinks, details: ReporterDetails) {
    this.#server = server;
    this.#output = output;
    this.#sinks = sinks;
    this.#details = details;
  }

  handle(event: SessionEvent, testNumber: number | undefined): void {
    if (testNumber === undefined) {
      this.#server.handle(event);
      return;
    }
    const reporter = this.#tests.get(testNumber) ?? this.#begin(testNumber);
    reporter.handle(event);
    if (event.type === 'done' || event.type === 'error') this.#tests.delete(testNumber);
  }

  serverOutput(testNumber: number): ServerOutput | undefined {
    return this.#tests.get(testNumber)?.serverOutput();
  }

  #begin(testNumber: number): Reporter {
    const reporter = createReporter('server', this.#output, this.#sinksOf(testNumber), {
      ...this.#details,
      testNumber,
    });
    this.#tests.set(testNumber, reporter);
    return reporter;
  }

  /** What is JSON stays as it is. */
  #sinksOf(testNumber: number): ReportSinks {
    const sinks = this.#sinks;
    const numbered = (line: string) => (line === '' ? line : `#${testNumber}:  ${line}`);
    return {
      out: this.#output.mode === 'text' ? (line) => sinks.out(numbered(line)) : (line) => sinks.out(line),
      err: (line) => sinks.err(numbered(line)),
      warn: (line) => (sinks.warn ?? sinks.err)(numbered(line)),
      flush: () => sinks.flush?.(),
    };
  }
}
