import { VnetperfError } from '../../errors.js';
import {
  type GateOutcome,
  gateRates,
  type MeasuredTestMetrics,
  metricsReport,
  receivedRates,
  type SessionEvent,
  testChecks,
} from '../../index.js';
import { packageVersion } from '../../platform/package-version.js';
import type { Reporter } from '../../report/reporter.js';
import { errorLines } from '../error-lines.js';
import type { ParsedBetween, ParsedClient, ParsedRun } from '../parse-options.js';
import { programName } from '../usage-error.js';
import { statusWithGate } from './exit-status.js';
import { checkOutcomeFiles, writeOutcomeFile } from './outcome-files.js';
import { tellBuildServer } from './tell-build-server.js';
import { testBegun } from './test-begun.js';

interface Voice {
  /** Standard output, or the log. */
  say(line: string): void;
  /** Standard error. */
  warn(line: string): void;
}

/** What is told of one test beside its report: --fail-below, --junit, --github, --metrics. */
export class TestOutcome {
  readonly #parsed: ParsedClient | ParsedRun | ParsedBetween;
  readonly #voice: Voice;
  readonly #begunMs = performance.now();
  #startedAt = new Date().toISOString();
  #test: MeasuredTestMetrics;
  #error: VnetperfError | undefined;
  #finished = false;

  /** @throws VnetperfError ERR_REPORT_FILE where a file cannot be written. */
  constructor(parsed: ParsedClient | ParsedRun | ParsedBetween, voice: Voice) {
    const { pidFilePath, filePath, output, settings, host } = parsed.configuration;
    const others = [pidFilePath, filePath, output.logFilePath].filter((path) => path !== undefined);
    checkOutcomeFiles(parsed.own, others);
    this.#parsed = parsed;
    this.#voice = voice;
    // What is said of a test that never began.
    this.#test = {
      role: 'client',
      protocol: settings.protocol,
      direction: settings.direction,
      version: packageVersion(),
      peer: host === '' ? undefined : host,
      network: networkOf(parsed),
      title: settings.title,
      endedAtMs: 0,
      completed: false,
    };
  }

  /** A reporter that lets this see what it is given. */
  beside(reporter: Reporter): Reporter {
    return {
      handle: (event) => {
        reporter.handle(event);
        this.#handle(event);
      },
      serverOutput: () => reporter.serverOutput(),
    };
  }

  /**
   * The test is over.
   * @param status What the command would end with.
   * @param error What it ended with, where no event told.
   * @returns what it ends with.
   */
  finish(status: number, error?: VnetperfError): number {
    if (this.#finished) return status;
    this.#finished = true;
    this.#error ??= error;
    try {
      return this.#tell(status);
    } catch (failure) {
      if (!(failure instanceof VnetperfError)) throw failure;
      for (const line of errorLines(failure, `${programName}: `)) this.#voice.warn(line);
      return 1;
    }
  }

  #handle(event: SessionEvent): void {
    switch (event.type) {
      case 'connect':
        this.#startedAt = new Date(event.timestampMs).toISOString();
        this.#test = { ...testBegun(event), network: this.#test.network };
        break;
      case 'end':
        this.#test = { ...this.#test, end: event };
        break;
      case 'error':
        this.#error = event.error;
        break;
    }
  }

  #tell(status: number): number {
    const { own } = this.#parsed;
    const completed = this.#error === undefined && status === 0;
    if (own.metrics !== undefined) {
      const test = { ...this.#test, endedAtMs: Date.now(), completed };
      writeOutcomeFile('--metrics', own.metrics, metricsReport([test]));
    }
    const gate = this.#gate();
    const { end } = this.#test;
    const suite = testChecks({
      name: commandOf(this.#parsed),
      startedAt: this.#startedAt,
      seconds: (performance.now() - this.#begunMs) / 1000,
      end,
      error: this.#error ?? (completed ? undefined : { message: 'nothing arrived' }),
      gate,
    });
    tellBuildServer([suite], own, this.#isText() ? 'stdout' : 'stderr');
    if (gate !== undefined) this.#sayGate(gate);
    return statusWithGate(status, gate?.outcome);
  }

  #gate() {
    const { failBelowBitsPerSecond: limit } = this.#parsed.own;
    const { end } = this.#test;
    // Half a test shows nothing of a whole one.
    const rates = end === undefined || this.#error !== undefined ? [] : receivedRates(end);
    return limit === undefined ? undefined : gateRates(rates, limit);
  }

  #sayGate({ outcome, sentence }: { outcome: GateOutcome; sentence: string }): void {
    const line = `gate ${outcome}: ${sentence}`;
    if (this.#isText()) this.#voice.say(`\n${line}`);
    else if (outcome !== 'passed') this.#voice.warn(`${programName}: ${line}`);
  }

  #isText(): boolean {
    return this.#parsed.configuration.output.mode === 'text';
  }
}

function networkOf(parsed: ParsedClient | ParsedRun | ParsedBetween): string | undefined {
  switch (parsed.kind) {
    case 'run':
      return parsed.topologyKind;
    case 'between':
      return parsed.places.join(' ');
    case 'client':
      return undefined;
  }
}

function commandOf(parsed: ParsedClient | ParsedRun | ParsedBetween): string {
  switch (parsed.kind) {
    case 'run':
      return `${programName} run ${parsed.topologyKind}`;
    case 'between':
      return `${programName} between ${parsed.places.join(' ')}`;
    case 'client':
      return `${programName} -c ${parsed.configuration.host}`;
  }
}
