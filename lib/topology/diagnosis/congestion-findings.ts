import type { Finding } from './finding.js';
import type { IntendedTest } from './intended-test.js';

export interface CongestionFacts {
  /** Default of whoever sends, by end. */
  defaults: { client?: string | undefined; server?: string | undefined };
  available: readonly string[];
}

/** A default that paces says more about the pacing than about a virtual path. */
export function congestionFindings({ defaults, available }: CongestionFacts, test?: IntendedTest): Finding[] {
  if (test !== undefined && (test.protocol !== 'tcp' || test.congestion !== undefined)) return [];
  const paced = Object.entries(defaults).filter(([, name]) => name?.startsWith('bbr'));
  if (paced.length === 0) return [];
  const [[end, name]] = paced as [[string, string]];
  const whose = paced.length === 2 ? '' : ` of the ${end}`;
  // The list shows what is loaded; cubic can be built in nearly every kernel, and is loaded when it is asked for.
  const better = available.includes('cubic') || !available.includes('reno') ? 'cubic' : 'cubic, or -C reno';
  return [
    {
      severity: 'warning',
      code: 'CONGESTION_PACED',
      message: `the default congestion control${whose} is ${name}: a single stream will be paced below what the path carries`,
      remedy: `Choose another for the test: -C ${better}.`,
    },
  ];
}
