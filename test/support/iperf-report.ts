import type { Finished } from './iperf-process.js';

/** What these tests read of iperf3's JSON document. */
export interface IperfReport {
  start: {
    connected: { local_host: string; local_port: number; remote_host: string; remote_port: number }[];
    version: string;
    tcp_mss?: number;
    tcp_mss_default?: number;
    target_bitrate?: number;
    fq_rate?: number;
    sock_bufsize?: number;
    sndbuf_actual?: number;
    rcvbuf_actual?: number;
    test_start: {
      protocol: string;
      num_streams: number;
      blksize: number;
      omit: number;
      duration: number;
      bytes: number;
      blocks: number;
      reverse: number;
      tos: number;
    };
  };
  intervals: { streams: Counted[]; sum: Counted; sum_bidir_reverse?: Counted }[];
  end: {
    streams: { sender?: Counted; receiver?: Counted; udp?: Counted; diskfile?: DiskFile }[];
    sum_sent: Counted;
    sum_received: Counted;
    sum_sent_bidir_reverse?: Counted;
    sum_received_bidir_reverse?: Counted;
    sender_tcp_congestion?: string;
    receiver_tcp_congestion?: string;
  };
  title?: string;
  extra_data?: string;
  server_output_text?: string;
  server_output_json?: IperfReport;
  error?: string;
  /** Only in this project's documents. */
  vnetperf?: { streams: { path: string; congestion?: string; pin: { asked: number[]; got: number[] } }[] };
}

interface Counted {
  start: number;
  end: number;
  seconds: number;
  bytes: number;
  retransmits?: number;
  packets?: number;
  lost_packets?: number;
  lost_percent?: number;
  out_of_order?: number;
  omitted?: boolean;
  sender: boolean;
}

interface DiskFile {
  sent: number;
  received: number;
  size: number;
  filename: string;
}

/** @throws Error with what was printed instead, when that is no document. */
export function reportOf({ stdout, stderr, status }: Finished): IperfReport {
  try {
    return JSON.parse(stdout) as IperfReport;
  } catch (cause) {
    throw new Error(`no JSON document (status ${status})\n--- stdout\n${stdout}\n--- stderr\n${stderr}`, { cause });
  }
}

/** Bytes of one direction over all its streams. */
export interface Amount {
  /** What the sending side counted. */
  sent: number;
  /** What the receiving side counted. */
  received: number;
  /** What the client's report says that the server counted; to equal what the server's own report says. */
  told: { client: number; server: number };
}

/** Client to server, as both reports have it. */
export function forwardAmount(client: IperfReport, server: IperfReport): Amount {
  return {
    sent: client.end.sum_sent.bytes,
    received: server.end.sum_received.bytes,
    told: { client: client.end.sum_received.bytes, server: server.end.sum_received.bytes },
  };
}

/** Server to client, as both reports have it. */
export function reverseAmount(client: IperfReport, server: IperfReport): Amount {
  const both = client.end.sum_sent_bidir_reverse !== undefined;
  const [from, to] = both
    ? ([server.end.sum_sent_bidir_reverse, client.end.sum_received_bidir_reverse] as const)
    : ([server.end.sum_sent, client.end.sum_received] as const);
  const told = both ? client.end.sum_sent_bidir_reverse : client.end.sum_sent;
  return {
    sent: from?.bytes ?? Number.NaN,
    received: to?.bytes ?? Number.NaN,
    told: { client: told?.bytes ?? Number.NaN, server: from?.bytes ?? Number.NaN },
  };
}
