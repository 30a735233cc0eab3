import type { SessionEvent } from '../traffic/events.js';
import { jsonErrorText } from './error-text.js';
import { printJson, printJsonCompact } from './iperf-json.js';
import {
  emptyHistory,
  endObject,
  intervalObject,
  jsonDocument,
  jsonFacts,
  jsonReport,
  serverOutputMember,
  startObject,
  type TestHistory,
} from './json-document.js';
import { recordEvent } from './record-event.js';
import type { Reporter, ReporterDetails, ReportSinks, ServerOutput } from './reporter.js';
import { reportMessage } from './stderr-messages.js';

/**
 * --json-stream: one object `{"event":…,"data":…}` a line, as things happen. `end` is the last, even after an error;
 * what iperf3 has no word for stands before it as the event `vnetperf`. Where a server runs several tests at once,
 * `"test":N` between the two says which.
 */
export class JsonStreamReporter implements Reporter {
  readonly #role: 'client' | 'server';
  readonly #fullOutput: boolean;
  readonly #sinks: ReportSinks;
  readonly #details: ReporterDetails;
  #history: TestHistory;

  constructor(role: 'client' | 'server', fullOutput: boolean, sinks: ReportSinks, details: ReporterDetails) {
    this.#role = role;
    this.#fullOutput = fullOutput;
    this.#sinks = sinks;
    this.#details = details;
    this.#history = emptyHistory(role);
  }

  handle(event: SessionEvent): void {
    this.#history = recordEvent(this.#history, event, this.#keepsIntervals());
    reportMessage(event, this.#sinks);
    switch (event.type) {
      case 'start':
        this.#emit('start', startObject(this.#history, this.#details));
        break;
      case 'interval':
        this.#emit('interval', intervalObject(this.#history, event));
        break;
      case 'done':
      case 'error':
        this.#finish();
        break;
    }
  }

  serverOutput(): ServerOutput | undefined {
    if (this.#history.connect?.settings.getServerOutput !== true) return undefined;
    return { json: jsonReport(this.#history, this.#details) };
  }

  #finish(): void {
    const { error, end } = this.#history;
    if (error !== undefined) this.#emit('error', jsonErrorText(error, this.#role));
    for (const [event, data] of Object.entries(serverOutputMember(end) ?? {})) this.#emit(event, data);
    this.#emit('vnetperf', jsonFacts(this.#history, this.#details));
    this.#emit('end', endObject(this.#history));
    if (this.#fullOutput) {
      this.#sinks.out(printJson(jsonDocument(this.#history, this.#details)));
      this.#sinks.flush?.();
    }
    this.#history = emptyHistory(this.#role);
  }

  /** Only where they are needed again: a stream may run for a day. */
  #keepsIntervals(): boolean {
    const wanted = this.#role === 'server' && this.#history.connect?.settings.getServerOutput === true;
    return this.#fullOutput || wanted;
  }

  #emit(event: string, data: unknown): void {
    this.#sinks.out(printJsonCompact({ event, test: this.#details.testNumber, data }));
    this.#sinks.flush?.();
  }
}
