import type { TestSettings } from './settings.js';

/** What an iperf3 client or server of ours was asked to do, checked against every limit. */
export type Configuration = ClientConfiguration | ServerConfiguration;

/** What a client is asked to do, complete and checked against every limit. */
export interface ClientConfiguration extends CommonConfiguration {
  /** Tells it from a server's, and from a request. */
  role: 'client';
  /** Server name or address as given, without `%dev`. */
  host: string;
  /** Zone of an IPv6 link-local server address. */
  hostDevice?: string | undefined;
  /** What both ends have to agree on. */
  settings: TestSettings;
  /** Deadline of the control connect(); undefined = the kernel's. */
  connectTimeoutMs?: number | undefined;
  /** First source port of the data sockets; stream i uses clientPort + i. */
  clientPort?: number | undefined;
  /** For a server that asks for them. */
  credentials?: ClientCredentials | undefined;
  /** Streams of an SCTP association (--nstreams). */
  sctpStreams?: number | undefined;
}

/** Who a client is, for a server with --authorized-users-path. */
export interface ClientCredentials {
  /** The name in the server's list of users. */
  username: string;
  /** undefined = ask at the terminal (the command line does, before traffic starts). */
  password?: string | undefined;
  /** File of the server's public key, PEM: what name and password are encrypted with. */
  rsaPublicKeyPath: string;
  /** As iperf3 before 3.17 encrypts; false = OAEP. */
  usePkcs1Padding: boolean;
}

/** What a server is asked to do, complete and checked against every limit. */
export interface ServerConfiguration extends CommonConfiguration {
  /** Tells it from a client's, and from a request. */
  role: 'server';
  /** Of the command line: detached from the terminal. */
  daemon: boolean;
  /** Ends after one test. */
  oneOff: boolean;
  /** Tests at a time; whoever comes beyond is told that the server is busy. */
  maxClients: number;
  /** Refuse or abort above this total; 0 = no limit. */
  bitrateLimitBitsPerSecond: number;
  /** Window of the running average of the limit. */
  bitrateLimitWindowSeconds: number;
  /** Restart (with oneOff: leave) after this long without a client; undefined = never. */
  idleTimeoutSeconds?: number | undefined;
  /** 0 = any duration. */
  maxDurationSeconds: number;
  /** Only clients with credentials from the users file are served. */
  authentication?: ServerAuthentication | undefined;
}

/** How a server knows its clients. */
export interface ServerAuthentication {
  /** File of the private key, PEM. */
  rsaPrivateKeyPath: string;
  /** File of names and password hashes, as iperf3 has it. */
  authorizedUsersPath: string;
  /** How far a client's clock may be off. */
  timeSkewSeconds: number;
  /** As iperf3 before 3.17 encrypts; false = OAEP. */
  usePkcs1Padding: boolean;
}

/** What either side of a test is told, beside what both agree on. */
export interface CommonConfiguration {
  /** Where the server listens, 1 to 65535. */
  port: number;
  /** undefined = whatever the name resolves to. */
  family?: 4 | 6 | undefined;
  /** Own address of all sockets; undefined = any, or the kernel's choice. */
  bindHost?: string | undefined;
  /** Interface that all sockets are bound to (SO_BINDTODEVICE). */
  bindDevice?: string | undefined;
  /** 0 = no interval reports. */
  intervalSeconds: number;
  /** Cores for this side's workers, dealt to streams in turn; empty = not pinned. From -A or --pin. */
  cores: number[];
  /** -F: the sender reads it, the receiver writes it. */
  filePath?: string | undefined;
  /** Fail when nothing arrived for this long while receiving. */
  receiveTimeoutMs: number;
  /** TCP_USER_TIMEOUT on control and TCP data sockets; 0 = the system's. */
  sendTimeoutMs: number;
  /** TCP keepalive of the control connection; undefined = the system's. */
  controlKeepalive?: ControlKeepalive | undefined;
  /** The command line's alone: the library writes none. */
  pidFilePath?: string | undefined;
  /** SCTP is not supported; these are refused with it. */
  sctpBindAddresses: string[];
  /** 0 = none. */
  debugLevel: number;
  /** How reports look; what is no report is not affected. */
  output: OutputConfiguration;
}

/** 0 = the system's value. */
export interface ControlKeepalive {
  /** Without traffic for this long the first probe is sent. */
  idleSeconds: number;
  /** Between two probes. */
  intervalSeconds: number;
  /** Unanswered probes after which the connection is given up. */
  count: number;
}

/** What the command line prints, and where. The library prints nothing. */
export interface OutputConfiguration {
  /** The format. */
  mode: 'text' | 'json' | 'json-stream';
  /** With json-stream: the whole document follows the events. */
  jsonStreamFullOutput: boolean;
  /** More details, as -V. */
  verbose: boolean;
  /** Unit of the rate column; 'a' = adaptive bits. */
  format: RateFormat;
  /** Instead of standard output. */
  logFilePath?: string | undefined;
  /** Every line is written at once, as with --forceflush. */
  forceFlush: boolean;
  /** strftime format of the prefix on each line; undefined = none. */
  timestampFormat?: string | undefined;
}

/** k, m, g, t: bits; K, M, G, T: bytes; a: bits with a unit that fits. */
export type RateFormat = 'a' | 'k' | 'm' | 'g' | 't' | 'K' | 'M' | 'G' | 'T';
