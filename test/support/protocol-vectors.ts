import type { PeerResults } from '../../lib/protocol/results.js';

/** Sent by iperf3 3.12 as a client: `-t 1 -R -b 1M -w 64K -N -M 1200 -T ti -S 8 -Z`. */
export const parametersOf312 =
  '{"tcp":true,"omit":0,"time":1,"num":0,"blockcount":0,"MSS":1200,"nodelay":true,"parallel":1,"reverse":true,' +
  '"window":65536,"len":131072,"bandwidth":1000000,"pacing_timer":1000,"TOS":8,"title":"ti","zerocopy":1,"client_version":"3.12"}';

/** The results that the same client sent: -1 as an unsigned number, nothing about the omit period. */
export const resultsOf312 =
  '{"cpu_util_total":0.07324163518313237,"cpu_util_user":0,"cpu_util_system":0.072299014395704672,' +
  '"sender_has_retransmits":18446744073709551615,"congestion_used":"bbr","streams":[{"id":1,"bytes":0,' +
  '"retransmits":18446744073709551615,"jitter":0,"errors":0,"packets":0,"start_time":0,"end_time":1.001039}]}';

export const cookie = '3c56mswrlleujabemjougvinwpltzwvko3gt';

export const results: PeerResults = {
  cpu: { total: 12.5, user: 2.25, system: 10.25 },
  senderHasRetransmits: 1,
  congestionUsed: 'cubic',
  streams: [
    {
      id: 1,
      bytes: 1_000_000,
      retransmits: 3,
      jitterSeconds: 0.000_25,
      errors: 2,
      omittedErrors: 1,
      packets: 700,
      omittedPackets: 100,
      startTimeSeconds: 0,
      endTimeSeconds: 10.000_123,
    },
  ],
};

export function bytes(...parts: (number | string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') {
        return Uint8Array.of(part);
      }
      return typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
    }),
  );
}

/** The text with its length before it. */
export function message(text: string): Uint8Array {
  const body = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** The JSON text in a message that was encoded here. */
export function textOf(encoded: Uint8Array): string {
  const buffer = Buffer.from(encoded);
  if (buffer.readUInt32BE(0) !== buffer.length - 4) {
    throw new Error(`announced ${buffer.readUInt32BE(0)} bytes, sent ${buffer.length - 4}`);
  }
  return buffer.subarray(4).toString('utf8');
}
