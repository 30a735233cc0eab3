import { printable } from '../printable.js';

/** A metric by Prometheus' conventions: base units, the unit at the end of the name. */
export interface MetricFamily {
  /** Without the `vnetperf_` that all have. */
  name: string;
  help: string;
  type: 'gauge' | 'summary';
  samples: readonly MetricSample[];
}

export interface MetricSample {
  /** Of a summary: `_sum`, `_count`. */
  suffix?: '_sum' | '_count';
  /** undefined: left out. */
  labels: Readonly<Record<string, string | undefined>>;
  /** undefined: not known, and left out. */
  value: number | undefined;
}

const PREFIX = 'vnetperf_';

/** Prometheus' text format, version 0.0.4. What has no sample is left out. */
export function exposition(families: readonly MetricFamily[]): string {
  return families.map(familyText).join('');
}

function familyText({ name, help, type, samples }: MetricFamily): string {
  const lines = samples.flatMap(({ suffix = '', labels, value }) =>
    value === undefined ? [] : [`${PREFIX}${name}${suffix}${labelsText(labels)} ${numberText(value)}\n`],
  );
  if (lines.length === 0) return '';
  return [`# HELP ${PREFIX}${name} ${escaped(help)}\n`, `# TYPE ${PREFIX}${name} ${type}\n`, ...lines].join('');
}

function labelsText(labels: MetricSample['labels']): string {
  const pairs = Object.entries(labels).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${escaped(value).replaceAll('"', '\\"')}"`],
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return printable(text).replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
