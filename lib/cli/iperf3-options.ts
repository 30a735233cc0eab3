import { dscpNames } from '../configuration/dscp.js';
import { type DescribedOption, described, type Offered } from './described-option.js';
import type { OptionDefinition } from './getopt.js';

/**
 * iperf3 3.21's options in its own order, which is the order in which an ambiguous abbreviation lists its
 * possibilities. What each one does stands in options/.
 */

/** Which side an option may be given to; the other side refuses it. */
export type Side = 'client' | 'server' | 'both';

export interface OptionRow<Name extends string = string> extends DescribedOption<Name> {
  side: Side;
}

function row<Name extends string>(
  long: Name,
  short: string | undefined,
  argument: OptionDefinition['argument'],
  side: Side,
  text: string,
  offers?: Offered,
): OptionRow<Name> {
  return described({ name: long, long, short, argument, side }, text, offers);
}

export const iperf3Options = [
  row('port', 'p', 'required', 'both', 'N: port of the server (5201)'),
  row('format', 'f', 'required', 'both', 'LETTER: unit of the rates: k m g t (bits), K M G T (bytes)', [...'kmgtKMGT']),
  row('interval', 'i', 'required', 'both', 'SECONDS: time between reports, 0.1 to 60, 0 for none (1)'),
  row('daemon', 'D', 'none', 'server', 'serve in the background'),
  row('one-off', '1', 'none', 'server', 'serve one test, then leave'),
  row('verbose', 'V', 'none', 'both', 'say more'),
  row('json', 'J', 'none', 'both', 'one JSON document at the end'),
  row('json-stream', undefined, 'none', 'both', 'JSON events as they happen, one a line'),
  row('json-stream-full-output', undefined, 'none', 'both', 'with --json-stream: the whole document at the end too'),
  row('version', 'v', 'none', 'both', 'version, features and build'),
  row('server', 's', 'none', 'both', 'serve'),
  row('client', 'c', 'required', 'both', 'HOST[%DEV]: measure to HOST (through interface DEV)'),
  row('udp', 'u', 'none', 'client', 'UDP instead of TCP'),
  row(
    'bitrate',
    'b',
    'required',
    'client',
    'RATE[/BURST]: target of each stream, 0 for unlimited (TCP 0, UDP 1.05M); BURST blocks at a time',
  ),
  { ...row('bitrate', undefined, 'required', 'client', 'RATE[/BURST]: the same as --bitrate'), long: 'bandwidth' },
  row(
    'server-bitrate-limit',
    undefined,
    'required',
    'server',
    'RATE[/SECONDS]: refuse and end tests above RATE, averaged over SECONDS (5)',
  ),
  row(
    'server-max-duration',
    undefined,
    'required',
    'server',
    'SECONDS: refuse longer tests, and those of unknown length',
  ),
  row('time', 't', 'required', 'client', 'SECONDS: length of the test, 0 for endless (10)'),
  row('bytes', 'n', 'required', 'client', 'SIZE: end after so many bytes instead'),
  row('blockcount', 'k', 'required', 'client', 'N: end after so many blocks instead'),
  row('length', 'l', 'required', 'client', 'SIZE: block or datagram size (TCP 128K, UDP what fits the path)'),
  row('parallel', 'P', 'required', 'client', 'N: streams, up to 128 (1)'),
  row('reverse', 'R', 'none', 'client', 'the server sends'),
  row('bidir', undefined, 'none', 'client', 'both send'),
  row('window', 'w', 'required', 'client', 'SIZE: socket buffers'),
  row('bind', 'B', 'required', 'both', 'HOST[%DEV]: use this local address (and interface)'),
  row('bind-dev', undefined, 'required', 'both', 'DEV: use this interface (SO_BINDTODEVICE)', 'interface'),
  row('cport', undefined, 'required', 'both', "PORT: source port of the client's data"),
  row('set-mss', 'M', 'required', 'client', 'N: TCP maximum segment size'),
  row('no-delay', 'N', 'none', 'client', "switch Nagle's algorithm off"),
  row('version4', '4', 'none', 'both', 'IPv4 only'),
  row('version6', '6', 'none', 'both', 'IPv6 only'),
  row('tos', 'S', 'required', 'client', 'N: type of service, 0 to 255, also 0x and octal'),
  row('dscp', undefined, 'required', 'client', 'N|NAME: DiffServ code point: 0 to 63, ef, af11, cs1 ...', dscpNames),
  row('extra-data', undefined, 'required', 'client', "TEXT: put TEXT into both sides' JSON"),
  row('flowlabel', 'L', 'required', 'client', 'N: IPv6 flow label'),
  row('zerocopy', 'Z', 'none', 'client', 'send with sendfile(); as --send-path sendfile'),
  row('omit', 'O', 'required', 'client', 'SECONDS: leave the first seconds out of the result'),
  row('file', 'F', 'required', 'both', 'FILE: send FILE, or write what is received into it', 'file'),
  row('repeating-payload', undefined, 'none', 'client', 'send 0123456789... instead of random bytes'),
  row('timestamps', undefined, 'optional', 'both', "[=FORMAT]: time before each line, by strftime(3) ('%c ')"),
  // Asks the server for a core too when it has a comma, and is then the client's.
  row('affinity', 'A', 'required', 'both', 'N[,M]: stay on core N; M: the server on core M'),
  row('title', 'T', 'required', 'client', 'TEXT: put TEXT before every line'),
  row('congestion', 'C', 'required', 'client', 'NAME: congestion control', 'congestion'),
  {
    ...row('congestion', undefined, 'required', 'client', 'NAME: the same as --congestion', 'congestion'),
    long: 'linux-congestion',
  },
  row('sctp', undefined, 'none', 'client', 'SCTP instead of TCP'),
  row('nstreams', undefined, 'required', 'client', 'N: streams in an SCTP association'),
  row('xbind', 'X', 'required', 'both', 'NAME: a further SCTP address; may be repeated'),
  row('pidfile', 'I', 'required', 'both', 'FILE: write the process id into FILE', 'file'),
  row('logfile', undefined, 'required', 'both', 'FILE: append all output to FILE', 'file'),
  row('forceflush', undefined, 'none', 'both', 'write each interval at once (always so here)'),
  row('get-server-output', undefined, 'none', 'client', "fetch the server's report too"),
  row('udp-counters-64bit', undefined, 'none', 'client', '64-bit sequence numbers'),
  row('no-fq-socket-pacing', undefined, 'none', 'client', 'deprecated: --fq-rate 0'),
  row('dont-fragment', undefined, 'none', 'client', 'set the DF bit (UDP over IPv4)'),
  row('gsro', undefined, 'none', 'client', 'UDP segmentation and receive offload: --gso --gro'),
  row('skip-rx-copy', undefined, 'none', 'client', 'receive without copying; as --receive-path discard'),
  row(
    'username',
    undefined,
    'required',
    'client',
    'NAME: authenticate; the password comes from IPERF3_PASSWORD or is asked for',
  ),
  row('rsa-public-key-path', undefined, 'required', 'client', "FILE: the server's public key (PEM)", 'file'),
  row(
    'rsa-private-key-path',
    undefined,
    'required',
    'server',
    "FILE: private key for clients' credentials (PEM)",
    'file',
  ),
  row('authorized-users-path', undefined, 'required', 'server', 'FILE: who may test: lines of name,hash', 'file'),
  row('time-skew-threshold', undefined, 'required', 'server', 'SECONDS: how far the clocks may be apart (10)'),
  // 3.21 refuses it on a client, where it is needed as much: a defect.
  row('use-pkcs1-padding', undefined, 'none', 'both', 'credentials padded as before iperf3 3.17'),
  row('fq-rate', undefined, 'required', 'client', 'RATE: pacing of each stream by the kernel'),
  row('pacing-timer', undefined, 'required', 'client', 'US: passed on to servers that still use it (1000)'),
  row('connect-timeout', undefined, 'required', 'client', 'MS: deadline for reaching the server'),
  row(
    'idle-timeout',
    undefined,
    'required',
    'server',
    'SECONDS: start afresh when no client came for so long; with -1: leave',
  ),
  row('rcv-timeout', undefined, 'required', 'both', 'MS: give up when nothing arrives for so long (120000)'),
  row('snd-timeout', undefined, 'required', 'both', 'MS: give up on unacknowledged data after so long'),
  row('cntl-ka', undefined, 'optional', 'both', '[=IDLE/INTERVAL/COUNT]: keepalive on the control connection'),
  row('mptcp', 'm', 'none', 'both', 'Multipath TCP for the data'),
  // The level can only be given to the long form.
  {
    ...row('debug', 'd', 'optional', 'both', '[=LEVEL]: debugging output, 1 to 4 (4)', [...'1234']),
    shortArgument: 'none' as const,
  },
  row('help', 'h', 'none', 'both', 'help; vnetperf help all explains every option'),
];

export type Iperf3OptionName = (typeof iperf3Options)[number]['name'];
