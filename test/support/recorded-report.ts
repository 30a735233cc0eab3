import type { OutputConfiguration } from '../../lib/configuration/configuration.js';
import { createReporter } from '../../lib/report/create-reporter.js';
import type { Reporter, ReporterDetails } from '../../lib/report/reporter.js';
import type { SessionEvent } from '../../lib/traffic/events.js';

const DETAILS: ReporterDetails = { version: '0.0.0', systemInfo: 'Linux host 6.18.0 #1 SMP x86_64' };

function outputConfiguration(asked: Partial<OutputConfiguration> = {}): OutputConfiguration {
  return { mode: 'text', jsonStreamFullOutput: false, verbose: false, format: 'a', forceFlush: false, ...asked };
}

/** A reporter with everything that it prints. */
export function recordedReporter(
  role: 'client' | 'server',
  asked: Partial<OutputConfiguration> = {},
  details: Partial<ReporterDetails> = {},
): { reporter: Reporter; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const sinks = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  return { reporter: createReporter(role, outputConfiguration(asked), sinks, { ...DETAILS, ...details }), out, err };
}

export function report(
  events: SessionEvent[],
  role: 'client' | 'server',
  asked: Partial<OutputConfiguration> = {},
  details: Partial<ReporterDetails> = {},
): { out: string[]; err: string[] } {
  const { reporter, out, err } = recordedReporter(role, asked, details);
  for (const event of events) reporter.handle(event);
  return { out, err };
}
