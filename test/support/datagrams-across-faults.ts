import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { VnetperfFacts } from '../../lib/traffic/events.js';
import { IperfProcess, startServer } from './iperf-process.js';
import { LoopbackNamespace } from './loopback-namespace.js';

const RELAY = [process.execPath, fileURLToPath(new URL('../support/relay.mjs', import.meta.url))];
export const SERVER_PORT = 5201;
const RELAY_PORT = 5301;
export const DATAGRAM_BYTES = 1000;

interface Half {
  bytes: number;
  packets: number;
  lost_packets: number;
  lost_percent: number;
  jitter_ms: number;
  out_of_order: number;
}

export type Counted = Pick<Half, 'packets' | 'lost_packets'>;

interface Report {
  intervals: { sum: Counted; streams: Counted[] }[];
  end: { streams: { udp: Half }[]; sum_sent: Half; sum_received: Half };
  vnetperf: VnetperfFacts;
}

interface Relayed {
  came: number;
  left: number;
  faults: number;
  jitterMs: number;
}

export interface Fault {
  kind: 'drop' | 'duplicate' | 'swap' | 'delay';
  every: number;
  delayMs?: number;
}

export type Reports = { client: Report; server: Report };

/** One UDP test of ours with both ends of it, through whatever listens on `port`. */
export async function measured(network: LoopbackNamespace, port: number, clientArguments: string[]): Promise<Reports> {
  await using server = await startServer('vnetperf', network.fd, ['-1', '-J'], { port: SERVER_PORT });
  const asked = ['-c', '127.0.0.1', '-p', `${port}`, '-J', '-u', '-l', `${DATAGRAM_BYTES}`, ...clientArguments];
  await using client = new IperfProcess('vnetperf', network.fd, asked);
  const [asking, serving] = [await client.finished(), await server.finished()];
  expect(asking).toMatchObject({ status: 0, stderr: '' });
  expect(serving).toMatchObject({ status: 0, stderr: '' });
  return { client: JSON.parse(asking.stdout), server: JSON.parse(serving.stdout) };
}

/** Such a test through test/support/relay.mjs. */
export async function acrossFault(
  fault: Fault,
  clientArguments: string[],
): Promise<Reports & { relayed: { toServer: Relayed; toClient: Relayed }[] }> {
  using network = new LoopbackNamespace();
  const plan = JSON.stringify({ port: RELAY_PORT, targetPort: SERVER_PORT, fault });
  await using relay = new IperfProcess(RELAY, network.fd, [plan]);
  await relay.listening(RELAY_PORT);
  const reports = await measured(network, RELAY_PORT, clientArguments);
  relay.signal('SIGTERM');
  const { stdout } = await relay.finished();
  return { ...reports, relayed: JSON.parse(stdout) };
}

/** Where the datagrams go, what asks for it, and what the relay calls it. */
export const DIRECTIONS = [
  { direction: 'forward', option: [] as string[], way: 'toServer' },
  { direction: 'reverse', option: ['-R'], way: 'toClient' },
] as const;
