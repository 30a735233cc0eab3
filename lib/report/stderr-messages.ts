import type { SessionEvent } from '../traffic/events.js';
import { printJson } from './iperf-json.js';
import { printable } from './printable.js';
import type { ReportSinks } from './reporter.js';

/** Beside a JSON report, what is said to a person goes to stderr, where it cannot break the document. */
export function reportMessage(event: SessionEvent, sinks: ReportSinks): void {
  if (event.type === 'warning') (sinks.warn ?? sinks.err)(warningLine(event.message));
  if (event.type === 'debug') for (const line of debugLines(event)) sinks.err(line);
}

/** What another machine wrote is in it. */
export function debugLines({ message, document }: Extract<SessionEvent, { type: 'debug' }>): string[] {
  return printable(document === undefined ? message : `${message}\n${printJson(document)}`).split('\n');
}

export function warningLine(message: string): string {
  return `warning: ${message}`;
}
