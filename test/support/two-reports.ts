import { expect } from 'vitest';
import { type IperfReport, reportOf } from './iperf-report.js';
import { type OneTestOptions, oneTest, type Pairing } from './one-test.js';

export interface TwoReports<Seen> {
  client: IperfReport;
  server: IperfReport;
  seen: Seen;
}

/**
 * How often a test is run that iperf3's server cut short. Its own client had 11 of 30 tests cut short with
 * `-n 50K -l 1000` over an idle loopback, ours none; on a machine that stands still for a while it happens to both.
 */
const MOST_RUNS = 3;

/** The documents of both ends of a test in which nothing went wrong, and of which an iperf3 server read all it was sent. */
export async function twoReports<Seen = undefined>(
  namespace: number,
  pairing: Pairing,
  { clientArguments = [], serverArguments = [], ...options }: OneTestOptions<Seen>,
): Promise<TwoReports<Seen>> {
  for (let run = 1; ; run++) {
    const { client, server, seen } = await oneTest(namespace, pairing, {
      clientArguments: ['-J', ...clientArguments],
      serverArguments: ['-J', ...serverArguments],
      ...options,
    });
    expect(client.stderr + server.stderr).toBe('');
    expect([client.status, server.status]).toEqual([0, 0]);
    const reports = { client: reportOf(client), server: reportOf(server), seen };
    if (run === MOST_RUNS || pairing.server !== 'iperf3' || !leftUnread(reports)) return reports;
  }
}

/**
 * Whether the server counted less than was sent to it. iperf3's closes its streams at the client's word that the test is
 * over, and does not look at what its sockets still hold. Of datagrams those count that it missed on the way, by their
 * numbers, but not those that came last.
 */
function leftUnread({ client, server }: { client: IperfReport; server: IperfReport }): boolean {
  const { test_start: test } = client.start;
  const { sum_sent: sent } = client.end;
  const { sum_received: received } = server.end;
  if (test.reverse !== 0) return false;
  return test.protocol === 'UDP' ? (received.packets ?? 0) < (sent.packets ?? 0) : received.bytes < sent.bytes;
}
