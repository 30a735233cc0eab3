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
  row('batch', 'required', 'client'),
];

/** Where both ends are in this process; refused elsewhere, with the reason. */
export const bothEndsOptions = [row('latency', 'none', 'both')];

/** Of the network that is to be built: for `vnetperf run`, and for whatever else builds one. */
export const networkOptions = [
  row('mtu', 'required', 'both'),
  row('ipv6', 'none', 'both'),
  row('endpoints', 'required', 'both'),
  row('offload', 'required', 'both'),
  row('rps', 'required', 'both'),
  row('subnet', 'required', 'both'),
  row('image', 'required', 'both'),
  row('engine', 'required', 'both'),
  row('docker-host', 'required', 'both'),
  row('userland-proxy', 'required', 'both'),
  row('ovs-db', 'required', 'both'),
];

/** Only for `vnetperf run`. */
export const runOptions = [row('dry-run', 'none', 'both'), ...networkOptions];

/** Only for `vnetperf between`, which builds nothing. */
export const betweenOptions = networkOptions.filter(({ name }) => name === 'docker-host');

export type NetworkOptionName = (typeof networkOptions)[number]['name'];

export type OwnOptionName =
  | (typeof ownOptions)[number]['name']
  | (typeof bothEndsOptions)[number]['name']
  | (typeof runOptions)[number]['name'];
