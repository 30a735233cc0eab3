/** The typed shape of the C++ addon. native/binding/ implements it; nothing else in lib/ touches the binary. */
export interface NativeAddon {
  readonly build: NativeBuild;
  /** Opens, configures, binds and starts listening or connecting, in that order. Throws {@link NativeSystemError}. */
  openSocket(specification: SocketSpecification): NativeSocket;
  /** A new anonymous network namespace with nothing but its own loopback, held by the returned descriptor alone. */
  createNetworkNamespace(): number;
  /** Closes a descriptor made by {@link createNetworkNamespace}; refuses one that is no network namespace. */
  closeDescriptor(fd: number): void;
  /**
   * The process that listens on the Unix socket of that path, as this PID namespace numbers it; 0 where it is in
   * another. Throws NativeSystemError where nobody listens.
   */
  unixListener(path: string): number;
  /**
   * Room for this many bytes of packets, sent and received, in every packet socket of another process. Needs the right to
   * trace it. Returns how many sockets there are. Throws {@link NativeSystemError}.
   */
  setBuffersOfPacketSockets(process: number, bytes: number): number;
  /** strerror(3). */
  strerror(errno: number): string;
  Run: new (specification: RunSpecification, onEvent: (event: RunEvent) => void) => NativeRun;
  PingPong: new (specification: PingPongSpecification) => NativePingPong;
  Sleeve: new (specification: SleeveSpecification) => NativeSleeve;
}

/** Which binary this is, as it was told when it was built. */
interface NativeBuild {
  /** Of the package whose sources these were; empty where the build did not say. */
  version: string;
  /** `x86_64-linux-gnu`, `aarch64-linux-musl`. */
  target: string;
  libc: 'glibc' | 'musl';
  /** `GCC 12.2.0`, `Debian Clang 14.0.6`. */
  compiler: string;
  /** Of the checkout, twelve digits, with `-changed` where files differed from it; absent outside a checkout. */
  commit?: string | undefined;
}

/** What every failed system call becomes. `step` names the field of the specification that could not be had. */
export interface NativeSystemError extends Error {
  /** For example `ECONNREFUSED`. */
  code: string;
  errno: number;
  syscall: string;
  step:
    | 'namespace'
    | 'path'
    | 'socket'
    | 'reuse-address'
    | 'v6-only'
    | 'bind-device'
    | 'mss'
    | 'no-delay'
    | 'buffer'
    | 'congestion'
    | 'tos'
    | 'traffic-class'
    | 'flow-label'
    | 'dont-fragment'
    | 'pacing'
    | 'user-timeout'
    | 'keepalive'
    | 'sctp-streams'
    | 'bind'
    | 'sctp-bind'
    | 'listen'
    | 'connect'
    | 'accept'
    | 'wait'
    | 'read'
    | 'write'
    | 'address'
    | 'facts';
}

export interface SocketSpecification {
  protocol: 'tcp' | 'mptcp' | 'udp' | 'sctp';
  family: 4 | 6;
  /** Descriptor of the network namespace to make the socket in; undefined = the caller's. */
  namespace?: number | undefined;
  /** Numeric host (IPv6 may carry %zone); undefined = any. A port of 0 = ephemeral. */
  bind?: { host?: string | undefined; port: number } | undefined;
  bindDevice?: string | undefined;
  /** Start listening with this backlog. */
  listen?: { backlog: number } | undefined;
  /** Start connecting (never blocks; see {@link NativeSocket.finishConnect}). Numeric host. */
  connect?: { host: string; port: number } | undefined;
  options?: SocketOptions | undefined;
}

/** All are set before bind() and connect(), congestion control first of all: a socket paced from birth stays paced. */
export interface SocketOptions {
  congestion?: string | undefined;
  reuseAddress?: boolean | undefined;
  v6Only?: boolean | undefined;
  noDelay?: boolean | undefined;
  mssBytes?: number | undefined;
  /** SO_SNDBUF / SO_RCVBUF as asked; the kernel doubles them. */
  sendBufferBytes?: number | undefined;
  receiveBufferBytes?: number | undefined;
  /** Raise SO_RCVBUF (and SO_SNDBUF) to at least this where allowed (…FORCE first), silently less where not. */
  minimumReceiveBufferBytes?: number | undefined;
  tos?: number | undefined;
  flowLabel?: number | undefined;
  dontFragment?: boolean | undefined;
  /** Below 1: none. */
  maxPacingRateBytesPerSecond?: number | undefined;
  userTimeoutMs?: number | undefined;
  keepalive?: { idleSeconds: number; intervalSeconds: number; count: number } | undefined;
  sctpStreams?: number | undefined;
  sctpBindAddresses?: string[] | undefined;
}

/** Where one end of a socket is. */
export interface SocketAddress {
  /** v4-mapped addresses are given as v4. A link-local IPv6 address carries %interface. */
  host: string;
  /** Its port. */
  port: number;
  /** IPv4 or IPv6. */
  family: 4 | 6;
}

export interface SocketFacts {
  sendBufferBytes: number;
  receiveBufferBytes: number;
  /** TCP_MAXSEG; 0 for UDP. */
  mssBytes: number;
  /** undefined for UDP. */
  congestion: string | undefined;
  /**
   * TCP only: the kernel itself paces this socket, because its congestion control asked for it (BBR, also one that was
   * exchanged after the connection stood) or a maximum rate is set. An fq queueing discipline cannot be seen here.
   */
  paced: boolean;
  /** Bytes queued for sending that the peer has not acknowledged (SIOCOUTQ). */
  unacknowledgedBytes: number;
}

/** A non-blocking socket that owns its descriptor; closed when collected, at close(), or when the environment ends. */
export interface NativeSocket {
  readonly fd: number;
  /** Resolves when ready (or in error, or hung up); rejects with code ERR_SOCKET_CLOSED when closed meanwhile. */
  wait(event: 'readable' | 'writable'): Promise<void>;
  /** null: nothing to accept now. The accepted socket is non-blocking too. */
  accept(): NativeSocket | null;
  /** After 'writable': throws what connect() came to. */
  finishConnect(): void;
  /** UDP server: takes one datagram without consuming it when peek; null when there is none. */
  receiveFrom(maxBytes: number, peek: boolean): { data: Uint8Array; from: SocketAddress } | null;
  /** UDP server: connects this socket to the peer. */
  connectTo(address: SocketAddress): void;
  /** null: would block. Empty: end of stream (UDP: an empty datagram). At most 16 MiB. */
  read(maxBytes: number, peek?: boolean): Uint8Array | null;
  /** Bytes taken; 0 = would block. */
  write(data: Uint8Array): number;
  /** Applies options on a living socket (for example on an accepted one). */
  setOptions(options: SocketOptions): void;
  localAddress(): SocketAddress;
  remoteAddress(): SocketAddress;
  facts(): SocketFacts;
  /**
   * Gives the descriptor away (for node:net); this object is closed afterwards. Throws with code ERR_SOCKET_SHARED
   * while a run has a part in it.
   */
  release(): number;
  close(): void;
}

export interface RunSpecification {
  streams: RunStream[];
  omitSeconds: number;
  /** After the omit period; 0 = no limit. */
  durationSeconds: number;
  /**
   * true: the run ends itself at durationSeconds (a client). false: durationSeconds is only what the peer was told to
   * keep (a server): the run ends by stop(), and the tick at that moment is held back for a tenth of an interval so
   * that the few bytes still under way do not make an interval of their own.
   */
  endsOnTime: boolean;
  /** Exact shared budgets per direction, counted after the omit period; 0 = none. Blocks are datagrams for UDP. */
  limitBytes: number;
  limitBlocks: number;
  /** true: reaching the limit in either direction ends the run (client). false: it only ends the sending (server). */
  endsOnLimit: boolean;
  /** 0 = only the snapshots at the end of the omit period and at the end. */
  intervalSeconds: number;
  /** Process ids whose CPU time stands in every snapshot; at most 64. */
  watchedProcesses?: readonly number[] | undefined;
}

export interface RunStream {
  /** The run shares the descriptor; the socket may be closed by JavaScript at any time without harm. */
  socket: NativeSocket;
  sending: boolean;
  protocol: 'tcp' | 'udp';
  lengthBytes: number;
  /** 0 = unlimited. */
  rateBitsPerSecond: number;
  /** Blocks sent without looking at the rate; at least 1. */
  burst: number;
  sendPath: SendPath;
  receivePath: ReceivePath;
  /** The worker is pinned to exactly these; empty = not pinned. */
  cores: number[];
  udpCounters64Bit: boolean;
  /** Datagrams per send with UDP_SEGMENT; 0 = off. The engine lowers it to what size and pacing allow. */
  gsoSegments: number;
  gro: boolean;
  /**
   * Messages that one system call (sendmmsg, recvmmsg) moves at most; 0 = the engine's choice. At most 1024. A message is
   * a datagram, or with segmentation or coalescing a packet of many.
   */
  batch: number;
  repeatingPayload: boolean;
  /** -F: read from (sender) or written to (receiver) this descriptor, which the run duplicates; -1 = none. */
  fileDescriptor: number;
}

/** How a TCP sender's bytes reach the socket. UDP always copies. */
export type SendPath = 'copy' | 'sendfile' | 'splice' | 'zerocopy';
/** How a receiver's bytes leave it: into memory, dropped by the kernel, or with their pages mapped. */
export type ReceivePath = 'copy' | 'discard' | 'mmap';

export interface NativeRun {
  /** Opens the start gate: time 0. All workers are pinned and their buffers faulted in before. */
  open(): void;
  /** Asks for the end; receivers drain what the kernel still holds. The 'end' snapshot follows. Idempotent. */
  stop(): void;
  /** Bytes moved so far, without waiting for a snapshot: { sent, received } over all streams. */
  progress(): { sentBytes: number; receivedBytes: number };
  /** Ends and joins all threads; no event follows. Idempotent. */
  close(): void;
}

export type RunEvent =
  | RunSnapshot
  /** All workers stand at the gate, pinned, their buffers faulted in. */
  | { type: 'ready' }
  /** A worker met a dead socket (errno != 0) or, receiving TCP, the end of the stream (errno 0). Others go on. */
  | { type: 'stream-ended'; stream: number; errno: number; code: string; syscall: string }
  /** Before open() was effective: a worker could not be pinned. */
  | { type: 'worker-failed'; stream: number; errno: number; code: string; syscall: string };

export interface RunSnapshot {
  type: 'snapshot';
  /** 'start': taken as the gate opens, all counters zero: the reading of the cores that the first interval starts from. */
  kind: 'start' | 'tick' | 'omit-end' | 'end';
  /** Seconds since the gate opened, from CLOCK_MONOTONIC, read when the counters were. */
  timeSeconds: number;
  /** Only on 'end'. */
  reason?: 'time' | 'bytes' | 'blocks' | 'file' | 'stopped' | 'streams-ended' | undefined;
  /** Counters since the gate opened, in the order of RunSpecification.streams. */
  streams: StreamSnapshot[];
  /** /proc/stat per core, cumulative seconds; index = core number; offline cores are null. */
  cores: (CoreSeconds | null)[];
  /** In the order of RunSpecification.watchedProcesses; null: it has ended, or never was. */
  processes: (ProcessSeconds | null)[];
  /**
   * When the CPU times of threads, processes and cores were read, seconds since the gate opened. Shares of CPU are over
   * this time: at the end it is later than timeSeconds, since the workers finish first.
   */
  readSeconds: number;
  /** Ticks that were merged because JavaScript was too busy to take them, since the gate opened. */
  mergedTicks: number;
}

/** Cumulative since the process started, by the scheduler's clock: up to one of its ticks behind. */
export interface ProcessSeconds {
  cpuSeconds: number;
  /** The threads it has at that moment; empty on 'tick'. */
  threads: { id: number; name: string; cpuSeconds: number }[];
}

/** What a core did, seconds. */
export interface CoreSeconds {
  /** Programs. */
  user: number;
  /** The kernel on behalf of programs. */
  system: number;
  /** Interrupts. */
  irq: number;
  /** What interrupts put off: most of the network's work. */
  softirq: number;
  /** The hypervisor's other guests. */
  steal: number;
  /** Nothing. */
  idle: number;
}

/** All counters are cumulative since the gate opened, the omit period included. */
export interface StreamSnapshot {
  bytes: number;
  /** Blocks moved (TCP: write/read calls that completed a block; UDP: datagrams). */
  blocks: number;
  /** System calls of the worker on its way of moving bytes, those that moved none included. */
  calls: number;
  /** UDP: packets on the path, each of which may hold many datagrams (--gso, --gro). */
  packets: number;
  /**
   * UDP: segmentation (receiver: coalescing) was asked for and is not used, because the path, the kernel or the size of
   * the datagrams does not allow it.
   */
  segmentationRefused: boolean;
  /**
   * Where the kernel may turn the way into a copy (zerocopy, mmap): bytes that it says were not copied, and bytes that it
   * says were. The rest of `bytes` it has not told about. 0 for all other ways.
   */
  zeroCopiedBytes: number;
  copiedBytes: number;
  /** UDP receiver. `lost` is net of late arrivals and never negative. */
  highestSequence: number;
  lost: number;
  outOfOrder: number;
  duplicates: number;
  /** RFC 3550 running estimate, restarted at the end of the omit period. */
  jitterSeconds: number;
  /** Datagrams the receiving socket dropped for want of buffer (SK_MEMINFO_DROPS), since the gate opened. */
  socketDrops: number;
  /** TCP_INFO of the socket; undefined for UDP and for a socket already dead. */
  tcp: TcpSnapshot | undefined;
  /** Core the worker is on, or last was. */
  core: number;
  migrations: number;
  /** CPU time of the worker's thread. */
  userSeconds: number;
  systemSeconds: number;
  /** When the worker moved its first byte, seconds since the gate opened; 0 = none yet. */
  firstByteSeconds: number;
  /** When the worker moved its last byte, seconds since the gate opened; 0 = none yet. */
  lastByteSeconds: number;
  /** Only on 'end': bytes by the core that moved them. Sums to `bytes` exactly. */
  bytesByCore?: { core: number; bytes: number }[] | undefined;
  /** Cores the worker's thread was allowed on, read back. Only on 'end'. */
  allowedCores?: number[] | undefined;
  /** Only on 'end', of datagrams that keep a rate: how smooth they left, or came. */
  gaps?: GapStatistics | undefined;
  /**
   * Receiver: the core on which the kernel brought the socket's last packet up the stack (SO_INCOMING_CPU). Only on
   * 'end', and absent where nothing came.
   */
  receiveCore?: number | undefined;
}

/** Times between one datagram and the next. Those of one system call have none between them. */
export interface GapStatistics {
  /** How many there were. */
  count: number;
  /** The shortest. */
  minMicroseconds: number;
  /** Their mean. */
  meanMicroseconds: number;
  /** Their standard deviation. */
  standardDeviationMicroseconds: number;
  /** Within 0.4 % of the exact value. */
  medianMicroseconds: number;
  /** Within 0.4 % of the exact value. */
  p99Microseconds: number;
  /** The longest. */
  maxMicroseconds: number;
}

/** What the kernel says of a TCP connection (TCP_INFO). What is counted is so since the test began, the omit period included. */
export interface TcpSnapshot {
  /** Segments that were sent again. */
  retransmits: number;
  /** At this moment. */
  congestionWindowBytes: number;
  /** -1 where the kernel does not tell. */
  sendWindowBytes: number;
  /** The smoothed round trip. */
  rttMicroseconds: number;
  /** Of the round trip. */
  rttVarianceMicroseconds: number;
  /** As the kernel knows it. */
  pathMtuBytes: number;
  /** Times that packets were seen to arrive in another order. */
  reorderSeen: number;
  /** Segments that the receiver says came twice. */
  dsackDuplicates: number;
  /** How long there was something to send. */
  busySeconds: number;
  /** Of it: how long the receiver's window held it up. */
  receiveWindowLimitedSeconds: number;
  /** Of it: how long the send buffer held it up. */
  sendBufferLimitedSeconds: number;
}

/** A UDP echo between two threads of this process. It shares the descriptors: both sockets may be closed at any time. */
export interface PingPongSpecification {
  /** Connected to where the answers come from. */
  client: NativeSocket;
  /** Bound. Answers whoever pings it, in whatever way its datagrams were translated. */
  server: NativeSocket;
  /** Each thread is pinned to exactly these; empty = not pinned. */
  clientCores: number[];
  serverCores: number[];
  /** At least 16. */
  payloadBytes: number;
}

export interface NativePingPong {
  /** Begins a phase: a ping every so often, 0.25 ms at least. Without effect while the one before is not over. */
  start(intervalSeconds: number): void;
  /** No more pings; the result follows when the last answers have come, or a second later. */
  stop(): void;
  /** Of the last phase; null while it lasts, and after close(). */
  result(): RoundTrips | null;
  /** Joins both threads: some 20 ms. Idempotent. */
  close(): void;
}

/** All times are zero, and there are no percentiles, where nothing came back. */
export interface RoundTrips {
  samples: number;
  /** Without an answer within a second, or not even sent. */
  lost: number;
  minMicroseconds: number;
  meanMicroseconds: number;
  maxMicroseconds: number;
  percentiles: { percentile: number; microseconds: number }[];
  relativeError: number;
  /** What sending or receiving last failed with: `ECONNREFUSED`. */
  errorCode?: string | undefined;
}

/** One side of Weave's slow path, in the network namespace of the process. Throws {@link NativeSystemError}. */
interface SleeveSpecification {
  /** Frames are taken from it and given to it. */
  interface: string;
  /** Numeric, of one family. */
  localHost: string;
  remoteHost: string;
  /** UDP, of both sides. */
  port: number;
  /** Six bytes each. */
  ownName: Uint8Array;
  peerName: Uint8Array;
}

/** Carries frames from when it is made. */
interface NativeSleeve {
  /** Joins both threads: a tenth of a second. Idempotent. */
  close(): void;
}
