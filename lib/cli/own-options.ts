import type { OptionDefinition } from './getopt.js';
import type { OptionRow, Side } from './iperf3-options.js';

/**
 * What iperf3 has no option for. Each yields abbreviations: `--pi` goes on meaning --pidfile, as it does to iperf3,
 * although --pin exists.
 */
function row<Name extends string>(long: Name, argument: OptionDefinition['argument'], side: Side): OptionRow<Name> {
  return { name: long, long, argument, side, yieldsAbbreviations: true };
}

export const ownOptions = [
  row('pin', 'required', 'both'),
  row('send-path', 'required', 'client'),
  row('receive-path', 'required', 'client'),
  row('gso', 'none', 'client'),
  row('gro', 'none', 'client'),
];

/** Only for `vnetperf run`. */
export const runOptions = [row('dry-run', 'none', 'both'), row('mtu', 'required', 'both'), row('ipv6', 'none', 'both')];

export type OwnOptionName = (typeof ownOptions)[number]['name'] | (typeof runOptions)[number]['name'];
