import type { OutputConfiguration } from '../configuration/configuration.js';
import { JsonReporter } from './json.js';
import { JsonStreamReporter } from './json-stream.js';
import type { Reporter, ReporterDetails, ReportSinks } from './reporter.js';
import { TextReporter } from './text.js';

/** The reporter for the output that was asked for. */
export function createReporter(
  role: 'client' | 'server',
  output: OutputConfiguration,
  sinks: ReportSinks,
  details: ReporterDetails,
): Reporter {
  switch (output.mode) {
    case 'json':
      return new JsonReporter(role, sinks, details);
    case 'json-stream':
      return new JsonStreamReporter(role, output.jsonStreamFullOutput, sinks, details);
    case 'text':
      return new TextReporter(role, output, sinks, details);
  }
}
