import type { SessionEvent } from '../traffic/events.js';
import type { ReportSinks } from './reporter.js';

/** Beside a JSON report, what is said to a person goes to stderr, where it cannot break the document. */
export function reportMessage(event: SessionEvent, sinks: ReportSinks): void {
  if (event.type === 'warning') (sinks.warn ?? sinks.err)(warningLine(event.message));
  if (event.type === 'debug') sinks.err(event.message);
}

export function warningLine(message: string): string {
  return `warning: ${message}`;
}
