import type { TestSettings } from './settings.js';

/** What an iperf3 client or server of ours was asked to do, checked against every limit. */
export type Configuration = ClientConfiguration | ServerConfiguration;

export interface ClientConfiguration extends CommonConfiguration {
  role: 'client';
  /** Server name or address as given, without `%dev`. */
  host: string;
  /** Zone of an IPv6 link-local server address. */
  hostDevice?: string | undefined;
  settings: TestSettings;
  /** Deadline of the control connect(); undefined = the kernel's. */
  connectTimeoutMs?: number | undefined;
  /** First source port of the data sockets; stream i uses clientPort + i. */
  clientPort?: number | undefined;
  credentials?: ClientCredentials | undefined;
  /** Which cores the server's workers of a test in this same process use (`run --pin C:S`). */
  sctpStreams?: number | undefined;
}

export interface ClientCredentials {
  username: string;
  /** undefined = ask at the terminal (the command line does, before traffic starts). */
  password?: string | undefined;
  rsaPublicKeyPath: string;
  usePkcs1Padding: boolean;
}

export interface ServerConfiguration extends CommonConfiguration {
  role: 'server';
  daemon: boolean;
  oneOff: boolean;
  /** Refuse or abort above this total; 0 = no limit. */
  bitrateLimitBitsPerSecond: number;
  /** Window of the running average of the limit. */
  bitrateLimitWindowSeconds: number;
  /** Restart (with oneOff: leave) after this long without a client; undefined = never. */
  idleTimeoutSeconds?: number | undefined;
  /** 0 = any duration. */
  maxDurationSeconds: number;
  authentication?: ServerAuthentication | undefined;
}

export interface ServerAuthentication {
  rsaPrivateKeyPath: string;
  authorizedUsersPath: string;
  timeSkewSeconds: number;
  usePkcs1Padding: boolean;
}

export interface CommonConfiguration {
  port: number;
  /** undefined = whatever the name resolves to. */
  family?: 4 | 6 | undefined;
  bindHost?: string | undefined;
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
  controlKeepalive?: ControlKeepalive | undefined;
  pidFilePath?: string | undefined;
  sctpBindAddresses: string[];
  /** 0 = none. */
  debugLevel: number;
  output: OutputConfiguration;
}

/** 0 = the system's value. */
export interface ControlKeepalive {
  idleSeconds: number;
  intervalSeconds: number;
  count: number;
}

export interface OutputConfiguration {
  mode: 'text' | 'json' | 'json-stream';
  /** With json-stream: the whole document follows the events. */
  jsonStreamFullOutput: boolean;
  verbose: boolean;
  /** Unit of the rate column; 'a' = adaptive bits. */
  format: RateFormat;
  logFilePath?: string | undefined;
  forceFlush: boolean;
  /** strftime format of the prefix on each line; undefined = none. */
  timestampFormat?: string | undefined;
}

export type RateFormat = 'a' | 'k' | 'm' | 'g' | 't' | 'K' | 'M' | 'G' | 'T';
