import { describe, expect, it } from 'vitest';
import { resolveClient } from '../../lib/configuration/resolve-client.js';
import { resolveServer } from '../../lib/configuration/resolve-server.js';
import type { TestSettings } from '../../lib/configuration/settings.js';
import { runCommand } from '../../lib/platform/run-command.js';
import type { Endpoint } from '../../lib/topology/endpoint.js';
import { type Topology, topology } from '../../lib/topology/topology.js';
import { runClient } from '../../lib/traffic/client.js';
import type { EndRecord } from '../../lib/traffic/events.js';
import { Server } from '../../lib/traffic/server.js';
import { kernelCounters } from '../support/kernel-counters.js';

const root = process.getuid?.() === 0;

/** On every packet of the path: Ethernet 14 bytes, IPv4 20, TCP 20 with 12 of timestamps. */
const HEADER_BYTES = 66;

/**
 * What else crosses the path: the control connection's messages (2 to 4 KB), handshakes with options that a data packet
 * does not have, address resolution.
 */
const CONTROL_BYTES = 8 * 1024;

const BLOCK_BYTES = 131_072;
const SEGMENT_BYTES = 1448;

interface InterfaceCounters {
  tx: { bytes: number; packets: number };
  rx: { bytes: number; packets: number };
}

async function inside(end: Endpoint, ...command: string[]): Promise<string> {
  const { stdout } = await runCommand(['nsenter', '--net=/proc/self/fd/3', ...command] as [string, ...string[]], {
    descriptors: [end.namespace.fd],
  });
  return stdout;
}

async function interfaceCounters(end: Endpoint): Promise<InterfaceCounters> {
  const [link] = JSON.parse(await inside(end, 'ip', '-j', '-s', 'link', 'show', 'dev', end.interface));
  return link.stats64;
}

/**
 * TCP payload that the interface carried, however its packets were cut: a packet that is segmented later is counted
 * with one header, one that was segmented before with one for each segment.
 */
function payload(
  after: InterfaceCounters | undefined,
  before: InterfaceCounters | undefined,
  way: 'tx' | 'rx',
): number {
  if (after === undefined || before === undefined) throw new Error('no counters');
  const bytes = after[way].bytes - before[way].bytes;
  const packets = after[way].packets - before[way].packets;
  return bytes - packets * HEADER_BYTES;
}

describe.runIf(root)('bytes are those that the interfaces carried', () => {
  const MEBIBYTE = 1_048_576;
  const TESTS: { name: string; settings: Partial<TestSettings> }[] = [
    { name: 'forward', settings: { bytes: 256 * MEBIBYTE } },
    { name: 'reverse', settings: { bytes: 256 * MEBIBYTE, direction: 'reverse' } },
    { name: 'four streams', settings: { bytes: 256 * MEBIBYTE, parallel: 4 } },
    { name: 'sendfile', settings: { bytes: 256 * MEBIBYTE, zeroCopy: true, skipReceiveCopy: true } },
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
