import { describe, expect, it } from 'vitest';
import { resolveClient } from '../../lib/configuration/resolve-client.js';
import { resolveServer } from '../../lib/configuration/resolve-server.js';
import type { TestSettings } from '../../lib/configuration/settings.js';
import { type Topology, topology } from '../../lib/topology/topology.js';
import { runClient } from '../../lib/traffic/client.js';
import type { EndRecord } from '../../lib/traffic/events.js';
import { Server } from '../../lib/traffic/server.js';
import { inside, interfaceCounters, payload } from '../support/interface-counters.js';
import { kernelCounters } from '../support/kernel-counters.js';

const root = process.getuid?.() === 0;

/**
 * What else crosses the path: the control connection's messages (2 to 4 KB), handshakes with options that a data packet
 * does not have, address resolution.
 */
const CONTROL_BYTES = 8 * 1024;

const BLOCK_BYTES = 131_072;
const SEGMENT_BYTES = 1448;

describe.runIf(root)('bytes are those that the interfaces carried', () => {
  const MEBIBYTE = 1_048_576;
  const TESTS: { name: string; settings: Partial<TestSettings> }[] = [
    { name: 'forward', settings: { bytes: 256 * MEBIBYTE } },
    { name: 'reverse', settings: { bytes: 256 * MEBIBYTE, direction: 'reverse' } },
    { name: 'four streams', settings: { bytes: 256 * MEBIBYTE, parallel: 4 } },
    { name: 'sendfile', settings: { bytes: 256 * MEBIBYTE, sendPath: 'sendfile', receivePath: 'discard' } },
    { name: 'a second at a rate', settings: { durationSeconds: 1, rateBitsPerSecond: 400_000_000 } },
    {
      name: 'both directions',
      settings: { durationSeconds: 1, rateBitsPerSecond: 400_000_000, direction: 'bidirectional' },
    },
  ];

  it.each(TESTS)('$name', async ({ settings }) => {
    await using network = await topology('veth');
    const ends = [network.client, network.server];
    const before = await Promise.all(ends.map(interfaceCounters));
    const records = await measured(network, settings);
    const after = await Promise.all(ends.map(interfaceCounters));
    const kernels = (await Promise.all(ends.map((end) => inside(end, 'cat', '/proc/net/snmp')))).map(kernelCounters);
    const resent = kernels.reduce((segments, { tcpRetransmittedSegments }) => segments + tcpRetransmittedSegments, 0);
    const slack = CONTROL_BYTES + resent * SEGMENT_BYTES;

    for (const [index, record] of records.entries()) {
      const sent = payload(after[index], before[index], 'tx') - bytesOf(record, true);
      expect(sent).toBeGreaterThanOrEqual(0);
      expect(sent).toBeLessThan(slack);
      const received = payload(after[index], before[index], 'rx') - bytesOf(record, false);
      // Who decides the end by the clock leaves unread what is then under way: at a rate, one block.
      const underWay = record.role === 'client' && settings.durationSeconds !== undefined ? BLOCK_BYTES : 0;
      expect(received).toBeGreaterThanOrEqual(0);
      expect(received).toBeLessThan(slack + underWay);
    }
  });
});

async function measured(network: Topology, settings: Partial<TestSettings>): Promise<EndRecord[]> {
  let served: EndRecord | undefined;
  const server = new Server(resolveServer({ oneOff: true }), {
    namespace: network.server.namespace,
    onEvent: (event) => {
      if (event.type === 'end') served = event;
    },
  });
  await server.listen();
  const serving = server.serve();
  const asked = await runClient(resolveClient({ host: network.server.ipv4!, settings }), {
    namespace: network.client.namespace,
    onEvent: () => {},
  });
  await serving;
  if (served === undefined) throw new Error('the server has not said what it counted');
  return [asked, served];
}

function bytesOf({ streams }: EndRecord, sender: boolean): number {
  return streams.filter(({ stream }) => stream.sender === sender).reduce((bytes, { local }) => bytes + local.bytes, 0);
}
