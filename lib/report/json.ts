import type { SessionEvent } from '../traffic/events.js';
import { printJson } from './iperf-json.js';
import { emptyHistory, jsonDocument, jsonReport, type TestHistory } from './json-document.js';
import { recordEvent } from './record-event.js';
import type { Reporter, ReporterDetails, ReportSinks, ServerOutput } from './reporter.js';
import { reportMessage } from './stderr-messages.js';

/** -J: one document for each test, when it is over. */
export class JsonReporter implements Reporter {
  readonly #role: 'client' | 'server';
  readonly #sinks: ReportSinks;
  readonly #details: ReporterDetails;
  #history: TestHistory;

  constructor(role: 'client' | 'server', sinks: ReportSinks, details: ReporterDetails) {
    this.#role = role;
    this.#sinks = sinks;
    this.#details = details;
    this.#history = emptyHistory(role);
  }

  handle(event: SessionEvent): void {
    this.#history = recordEvent(this.#history, event, true);
    reportMessage(event, this.#sinks);
    if (event.type !== 'done' && event.type !== 'error') return;
    this.#sinks.out(printJson(jsonDocument(this.#history, this.#details)));
    this.#history = emptyHistory(this.#role);
  }

  serverOutput(): ServerOutput | undefined {
    if (this.#history.connect?.settings.getServerOutput !== true) return undefined;
    return { json: jsonReport(this.#history, this.#details) };
  }
}
