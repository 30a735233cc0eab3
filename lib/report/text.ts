import type { OutputConfiguration } from '../configuration/configuration.js';
import type { ConnectEvent, EndRecord, IntervalRecord, SessionEvent, StartEvent } from '../traffic/events.js';
import { errorText, serverErrorText } from './error-text.js';
import { printJson } from './iperf-json.js';
import { packetLines } from './packet-lines.js';
import { pathLines } from './path-lines.js';
import { printable } from './printable.js';
import { reportedVersion } from './reported-version.js';
import type { Reporter, ReporterDetails, ReportSinks, ServerOutput } from './reporter.js';
import { ServerOutputText } from './server-output-text.js';
import { debugLines, warningLine } from './stderr-messages.js';
import { connectLines, controlConnectionLines, listeningLines, startingLine, streamLine } from './text-banners.js';
import { intervalHeader, intervalRows, type RowStyle, SEPARATOR } from './text-rows.js';
import { summaryLines } from './text-summary.js';

/** What a person reads, in iperf3's rows and columns. */
export class TextReporter implements Reporter {
  readonly #role: 'client' | 'server';
  readonly #output: OutputConfiguration;
  readonly #sinks: ReportSinks;
  readonly #details: ReporterDetails;
  #introduced = false;
  #rows = 0;
  #start: StartEvent | undefined;
  #collected: ServerOutputText | undefined;

  constructor(role: 'client' | 'server', output: OutputConfiguration, sinks: ReportSinks, details: ReporterDetails) {
    this.#role = role;
    this.#output = output;
    this.#sinks = sinks;
    this.#details = details;
  }

  handle(event: SessionEvent): void {
    switch (event.type) {
      case 'listening':
        this.#reset();
        this.#introduce();
        this.#print(listeningLines(event));
        break;
      case 'control-connected':
        this.#introduce();
        if (this.#output.verbose) this.#print(controlConnectionLines(event.mssBytes, event.keepalive));
        break;
      case 'connect':
        this.#connect(event);
        break;
      case 'stream-connected':
        this.#print([streamLine(event.stream)]);
        break;
      case 'start':
        this.#start = event;
        if (this.#output.verbose) this.#print([startingLine(event)]);
        break;
      case 'omit-finished':
        // With intervals the rows themselves show it.
        if (this.#output.verbose && this.#start?.intervalSeconds === 0) {
          this.#print(['Finished omit period, starting real test']);
        }
        break;
      case 'interval':
        this.#interval(event);
        break;
      case 'end':
        this.#end(event);
        break;
      case 'warning':
        (this.#sinks.warn ?? this.#sinks.err)(warningLine(event.message));
        break;
      case 'verbose':
        if (this.#output.verbose) this.#print([event.message]);
        break;
      case 'debug':
        this.#print(debugLines(event));
        break;
      case 'error':
        this.#introduce();
        if (event.fromServer) this.#sinks.err(`iperf3: ${serverErrorText(event.error)}`);
        this.#sinks.err(`iperf3: ${errorText(event.error)}`);
        if (event.error.remedy !== undefined) this.#sinks.err(`  ${event.error.remedy}`);
        this.#reset();
        break;
      case 'done':
        if (this.#role === 'client') this.#print(['', 'iperf Done.']);
        this.#reset();
        break;
    }
  }

  serverOutput(): ServerOutput | undefined {
    return this.#collected === undefined ? undefined : { text: this.#collected.text };
  }

  /** -V: who speaks, before the first thing that is said about a test. */
  #introduce(): void {
    if (this.#introduced) return;
    this.#introduced = true;
    if (this.#output.verbose) this.#print([reportedVersion(this.#details.version), this.#details.systemInfo]);
  }

  #connect(event: ConnectEvent): void {
    this.#introduce();
    const wanted = this.#role === 'server' && event.settings.getServerOutput;
    this.#collected = wanted ? new ServerOutputText() : undefined;
    this.#print(connectLines(event, this.#output.verbose));
  }

  #interval(record: IntervalRecord): void {
    if (this.#start === undefined) return;
    const style = this.#style(this.#start);
    if (this.#rows === 0) this.#print([intervalHeader(style)]);
    else if (style.settings.parallel > 1) this.#print([SEPARATOR], false);
    const rows = intervalRows(record, style);
    this.#rows += rows.length;
    this.#print(rows, false);
    if (this.#output.forceFlush) this.#sinks.flush?.();
  }

  #end(end: EndRecord): void {
    this.#print(summaryLines(end, this.#style(end), this.#output.verbose));
    this.#print(pathLines(end));
    // Not always: --gsro is iperf3's too, and its report has no such line.
    if (this.#output.verbose) this.#print(packetLines(end));
    const output = end.serverOutput;
    if (output === undefined) return;
    const title = 'json' in output ? 'Server JSON output:' : 'Server output:';
    const text = 'json' in output ? printJson(output.json) : printable(output.text);
    // One printed unit, as in iperf3: a timestamp or title stands once before it, not before each quoted line.
    this.#print([`\n${title}\n${text}`]);
  }

  #style({ role, settings }: Pick<EndRecord, 'role' | 'settings'>): RowStyle {
    return { role, settings, format: this.#output.format };
  }

  #print(lines: string[], essential = true): void {
    const { title } = this.#details;
    const prefix = this.#role === 'client' && title !== undefined ? `${title}:  ` : '';
    for (const line of lines) {
      this.#collected?.add(line, essential);
      this.#sinks.out(prefix + line);
    }
  }

  #reset(): void {
    this.#introduced = false;
    this.#rows = 0;
    this.#start = undefined;
    this.#collected = undefined;
  }
}
