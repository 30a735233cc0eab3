import { resolveClient } from '../../lib/configuration/resolve-client.js';
import type { TestSettings } from '../../lib/configuration/settings.js';
import type { Topology } from '../../lib/topology/topology.js';
import { runBothEnds, testOn } from '../../lib/traffic/run-both-ends.js';
import type { ReceivedRate } from './rates-across-hosts.js';

/** What a test over a network of the library's says of its receiver. A second, unless told otherwise. */
export async function received(
  network: Topology,
  settings: Partial<TestSettings>,
  ipv6 = false,
): Promise<ReceivedRate> {
  const configuration = resolveClient({ host: '', settings: { durationSeconds: 1, ...settings } });
  const { end } = await runBothEnds(network, testOn(network, configuration, ipv6), { pin: { client: [], server: [] } });
  const [{ local, remote }] = end.streams as [(typeof end.streams)[0]];
  const { bytes, endSeconds, lost, datagrams } = settings.direction === 'reverse' ? local : remote!;
  const bitsPerSecond = (bytes * 8) / endSeconds;
  return {
    bitsPerSecond,
    offeredBitsPerSecond: (bitsPerSecond * datagrams) / Math.max(1, datagrams - lost),
    lostPercent: (100 * lost) / Math.max(1, datagrams),
  };
}
