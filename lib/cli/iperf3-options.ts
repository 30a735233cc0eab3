import type { OptionDefinition } from './getopt.js';

/**
 * iperf3 3.21's options in its own order, which is the order in which an ambiguous abbreviation lists its
 * possibilities. What each one does stands in options/.
 */

/** Which side an option may be given to; the other side refuses it. */
export type Side = 'client' | 'server' | 'both';

export interface OptionRow<Name extends string = string> extends OptionDefinition<Name> {
  side: Side;
}

function row<Name extends string>(
  long: Name,
  short: string | undefined,
  argument: OptionDefinition['argument'],
  side: Side,
): OptionRow<Name> {
  return { name: long, long, short, argument, side };
}

export const iperf3Options = [
  row('port', 'p', 'required', 'both'),
  row('format', 'f', 'required', 'both'),
  row('interval', 'i', 'required', 'both'),
  row('daemon', 'D', 'none', 'server'),
  row('one-off', '1', 'none', 'server'),
  row('verbose', 'V', 'none', 'both'),
  row('json', 'J', 'none', 'both'),
  row('json-stream', undefined, 'none', 'both'),
  row('json-stream-full-output', undefined, 'none', 'both'),
  row('version', 'v', 'none', 'both'),
  row('server', 's', 'none', 'both'),
  row('client', 'c', 'required', 'both'),
  row('udp', 'u', 'none', 'client'),
  row('bitrate', 'b', 'required', 'client'),
  { ...row('bitrate', undefined, 'required', 'client'), long: 'bandwidth' },
  row('server-bitrate-limit', undefined, 'required', 'server'),
  row('server-max-duration', undefined, 'required', 'server'),
  row('time', 't', 'required', 'client'),
  row('bytes', 'n', 'required', 'client'),
  row('blockcount', 'k', 'required', 'client'),
  row('length', 'l', 'required', 'client'),
  row('parallel', 'P', 'required', 'client'),
  row('reverse', 'R', 'none', 'client'),
  row('bidir', undefined, 'none', 'client'),
  row('window', 'w', 'required', 'client'),
  row('bind', 'B', 'required', 'both'),
  row('bind-dev', undefined, 'required', 'both'),
  row('cport', undefined, 'required', 'both'),
  row('set-mss', 'M', 'required', 'client'),
  row('no-delay', 'N', 'none', 'client'),
  row('version4', '4', 'none', 'both'),
  row('version6', '6', 'none', 'both'),
  row('tos', 'S', 'required', 'client'),
  row('dscp', undefined, 'required', 'client'),
  row('extra-data', undefined, 'required', 'client'),
  row('flowlabel', 'L', 'required', 'client'),
  row('zerocopy', 'Z', 'none', 'client'),
  row('omit', 'O', 'required', 'client'),
  row('file', 'F', 'required', 'both'),
  row('repeating-payload', undefined, 'none', 'client'),
  row('timestamps', undefined, 'optional', 'both'),
  // Asks the server for a core too when it has a comma, and is then the client's.
  row('affinity', 'A', 'required', 'both'),
  row('title', 'T', 'required', 'client'),
  row('congestion', 'C', 'required', 'client'),
  { ...row('congestion', undefined, 'required', 'client'), long: 'linux-congestion' },
  row('sctp', undefined, 'none', 'client'),
  row('nstreams', undefined, 'required', 'client'),
  row('xbind', 'X', 'required', 'both'),
  row('pidfile', 'I', 'required', 'both'),
  row('logfile', undefined, 'required', 'both'),
  row('forceflush', undefined, 'none', 'both'),
  row('get-server-output', undefined, 'none', 'client'),
  row('udp-counters-64bit', undefined, 'none', 'client'),
  row('no-fq-socket-pacing', undefined, 'none', 'client'),
  row('dont-fragment', undefined, 'none', 'client'),
  row('gsro', undefined, 'none', 'client'),
  row('skip-rx-copy', undefined, 'none', 'client'),
  row('username', undefined, 'required', 'client'),
  row('rsa-public-key-path', undefined, 'required', 'client'),
  row('rsa-private-key-path', undefined, 'required', 'server'),
  row('authorized-users-path', undefined, 'required', 'server'),
  row('time-skew-threshold', undefined, 'required', 'server'),
  // 3.21 refuses it on a client, where it is needed as much: a defect.
  row('use-pkcs1-padding', undefined, 'none', 'both'),
  row('fq-rate', undefined, 'required', 'client'),
  row('pacing-timer', undefined, 'required', 'client'),
  row('connect-timeout', undefined, 'required', 'client'),
  row('idle-timeout', undefined, 'required', 'server'),
  row('rcv-timeout', undefined, 'required', 'both'),
  row('snd-timeout', undefined, 'required', 'both'),
  row('cntl-ka', undefined, 'optional', 'both'),
  row('mptcp', 'm', 'none', 'both'),
  // The level can only be given to the long form.
  { ...row('debug', 'd', 'optional', 'both'), shortArgument: 'none' as const },
  row('help', 'h', 'none', 'both'),
];

export type Iperf3OptionName = (typeof iperf3Options)[number]['name'];
