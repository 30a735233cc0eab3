/** What both ends of a test must agree on: the content of iperf3's parameter message (reference: the wire protocol). */
export interface TestSettings {
  /** What carries the data streams. */
  protocol: Protocol;
  /** Who sends. */
  direction: Direction;
  /** Warm-up excluded from the totals, whole seconds. */
  omitSeconds: number;
  /** Measured time after the omit period; 0 = no time limit. */
  durationSeconds: number;
  /** End after this many bytes over all streams of one direction; 0 = no limit. */
  bytes: number;
  /** End after this many blocks over all streams of one direction; 0 = no limit. */
  blocks: number;
  /** Streams per direction, 1-128. */
  parallel: number;
  /** Block (TCP) or datagram (UDP) size. 0 on a client = not chosen: 131072 for TCP, the control MSS for UDP. */
  lengthBytes: number;
  /** Target of each stream; 0 = unlimited. */
  rateBitsPerSecond: number;
  /** Blocks sent before the rate is looked at; 0 = not asked. */
  burst: number;
  /** SO_MAX_PACING_RATE of each data socket; 0 = off. */
  fqRateBitsPerSecond: number;
  /** Accepted and told as iperf3 does; our pacing needs no timer. */
  pacingTimerMicroseconds: number;
  /** SO_SNDBUF and SO_RCVBUF of each data socket; 0 = the kernel tunes. */
  windowBytes: number;
  /** TCP_MAXSEG; 0 = the kernel's. */
  mssBytes: number;
  /** TCP_NODELAY on the data sockets. */
  noDelay: boolean;
  /** Multipath TCP for the data streams (RFC 8684). */
  mptcp: boolean;
  /** IP_TOS / IPV6_TCLASS, 0-255. */
  tos: number;
  /** IPv6 flow label, 0 = none. */
  flowLabel: number;
  /** TCP congestion control asked for; undefined = the host's default. */
  congestion?: string | undefined;
  /** A word before every line of the report. */
  title?: string | undefined;
  /** Text that the JSON report repeats. */
  extraData?: string | undefined;
  /** The server sends its own report with the results. */
  getServerOutput: boolean;
  /** UDP sequence numbers of 64 bits on the wire, as both ends must agree. */
  udpCounters64Bit: boolean;
  /** Payload "0123456789..." instead of random bytes. */
  repeatingPayload: boolean;
  /** How a TCP sender hands over its bytes. */
  sendPath: AskedSendPath;
  /** How a TCP receiver takes its bytes. */
  receivePath: AskedReceivePath;
  /** UDP: datagrams that one system call moves at most, up to 1024; 0 = the engine's choice. */
  batch: number;
  /** Don’t Fragment in the header of IPv4 (UDP). */
  dontFragment: boolean;
  /** UDP segmentation offload on the sender, receive offload on the receiver. */
  gso: boolean;
  /** UDP receive offload on the receiver: packets come up coalesced. */
  gro: boolean;
  /** Core for the server's workers (`-A n,m`). */
  serverAffinity?: number | undefined;
  /** Encrypted credentials, base64, as sent. */
  authToken?: string | undefined;
  /** The peer's own version, as sent. */
  clientVersion?: string | undefined;
}

/** How a TCP sender's bytes reach the socket. `auto` = what suits the test; the facts say what and why. */
export type AskedSendPath = 'copy' | 'sendfile' | 'splice' | 'zerocopy' | 'auto';
export const sendPaths: readonly AskedSendPath[] = ['copy', 'sendfile', 'splice', 'zerocopy', 'auto'];

/**
 * How a TCP receiver's bytes leave the socket: copied, dropped by the kernel (MSG_TRUNC), or with their pages mapped.
 * `auto` = what suits the test.
 */
export type AskedReceivePath = 'copy' | 'discard' | 'mmap' | 'auto';
export const receivePaths: readonly AskedReceivePath[] = ['copy', 'discard', 'mmap', 'auto'];

/** What carries the data streams. The control connection is TCP. */
export type Protocol = 'tcp' | 'udp' | 'sctp';
export const protocols: readonly Protocol[] = ['tcp', 'udp', 'sctp'];

/** forward: client sends; reverse: server sends; bidirectional: both. */
export type Direction = 'forward' | 'reverse' | 'bidirectional';
export const directions: readonly Direction[] = ['forward', 'reverse', 'bidirectional'];

/** A test as it is when the parameter message holds nothing: every test starts from here, never from the last one. */
export function defaultSettings(): TestSettings {
  return {
    protocol: 'tcp',
    direction: 'forward',
    omitSeconds: 0,
    durationSeconds: 10,
    bytes: 0,
    blocks: 0,
    parallel: 1,
    lengthBytes: 131_072,
    rateBitsPerSecond: 0,
    burst: 0,
    fqRateBitsPerSecond: 0,
    pacingTimerMicroseconds: 1000,
    windowBytes: 0,
    mssBytes: 0,
    noDelay: false,
    mptcp: false,
    tos: 0,
    flowLabel: 0,
    getServerOutput: false,
    udpCounters64Bit: false,
    repeatingPayload: false,
    sendPath: 'copy',
    receivePath: 'copy',
    batch: 0,
    dontFragment: false,
    gso: false,
    gro: false,
  };
}
