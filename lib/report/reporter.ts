import type { SessionEvent } from '../traffic/events.js';

/** Turns the events of one or more tests, one after another, into what a person or a program reads. */
export interface Reporter {
  handle(event: SessionEvent): void;
  /**
   * Server: the report so far of the test under way, for a client that asked for it with --get-server-output. To be
   * taken right after the `end` event. undefined when that test's client did not ask.
   */
  serverOutput(): ServerOutput | undefined;
}

/** What a server's report is to its client: the lines of a text report, or `start`, `intervals` and `end`. */
export type ServerOutput = { json: unknown } | { text: string };

/** Where reports go. A call is one printed unit without its final newline; only what is quoted has several lines. */
export interface ReportSinks {
  out(line: string): void;
  err(line: string): void;
  /** A warning; without it, warnings go to err. */
  warn?(line: string): void;
  flush?(): void;
}

export interface ReporterDetails {
  /** vnetperf's version. Reports begin with the iperf3 they are compatible with and name ours behind it. */
  version: string;
  /** uname: sysname nodename release version machine. */
  systemInfo: string;
  /** Client: -T and --extra-data, known before the test is. A server learns them from its client. */
  title?: string | undefined;
  extraData?: string | undefined;
  /** Where a server runs several at once: which test this is, counted from 1. */
  testNumber?: number | undefined;
}
