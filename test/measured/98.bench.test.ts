import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Measurement } from '../../lib/compare/measurement.js';
import { loadResult } from '../../lib/compare/result-file/result-file.js';
import { type Topology, topology } from '../../lib/topology/topology.js';
import { type InterfaceCounters, inside, interfaceCounters, payload } from '../support/interface-counters.js';
import { kernelCounters } from '../support/kernel-counters.js';
import { type BenchProgram, theBench } from '../support/the-bench.js';
import { watchedTests } from '../support/watched-tests.js';

const root = process.getuid?.() === 0;
const signal = new AbortController().signal;
const cores = { client: 0, server: cpus().length > 1 ? 1 : 0 };
const RUN = fileURLToPath(new URL('../../bench/run.mjs', import.meta.url));
const ETHERNET_IPV4_UDP_BYTES = 42;
/** Neighbour discovery, and the bytes with which UDP ends greet each other. */
const BESIDE_THE_TEST_BYTES = 10_000;
const SEGMENT_BYTES = 1448;
/** Three blocks, RFC 2018: what a packet has beside the timestamps while something before it is missing. */
const SELECTIVE_ACKNOWLEDGEMENT_BYTES = 28;

const bench = await theBench();
let sanitized: string;
let limit: BenchProgram;

watchedTests();

beforeAll(async () => {
  const flags = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  sanitized = await bench.buildLimit('limit-of-a-test', flags);
  limit = bench.limit(sanitized);
}, 120_000);

interface Counted {
  measured: Measurement;
  /** What the interfaces of the ends counted meanwhile. */
  before: Record<'client' | 'server', InterfaceCounters>;
  after: Record<'client' | 'server', InterfaceCounters>;
  /** Segments that the end's kernel sent again. */
  resent: Record<'client' | 'server', number>;
}

async function counted(program: BenchProgram, request: { options: Record<string, unknown>; udpBytes?: number }) {
  await using network = await topology('veth');
  const start = await countersOf(network);
  const own = { program, seconds: 1, omit: 0, cores, ...request };
  const measured = await bench.runProgram(network, own, signal);
  const resent = { client: await resentBy(network.client), server: await resentBy(network.server) };
  return { measured, before: start, after: await countersOf(network), resent } satisfies Counted;
}

async function countersOf({ client, server }: Topology): Promise<Counted['before']> {
  return { client: await interfaceCounters(client), server: await interfaceCounters(server) };
}

async function resentBy(end: Topology['client']): Promise<number> {
  return kernelCounters(await inside(end, 'cat', '/proc/net/snmp')).tcpRetransmittedSegments;
}

function sumOf(measured: Measurement, end: 'client' | 'server', role: 'sender' | 'receiver'): number {
  return measured.streams.reduce((sum, one) => sum + (one.end === end && one.role === role ? one.bytes : 0), 0);
}

describe.runIf(root)('the bare TCP loops', () => {
  const PAIRS = [
    { send: 'write', receive: 'read', block: 131072 },
    { send: 'write', receive: 'trunc', block: 524288, window: 1048576 },
    { send: 'sendfile', receive: 'read', block: 131072 },
    { send: 'splice', receive: 'trunc', block: 1048576 },
    { send: 'splice', receive: 'read', block: 100_000 },
    { send: 'zerocopy', receive: 'read', block: 131072 },
    { send: 'write', receive: 'read', block: 131072, streams: 3 },
    { send: 'write', receive: 'read', block: 131072, direction: 'reverse' },
    { send: 'splice', receive: 'trunc', block: 1048576, direction: 'both', streams: 2 },
  ].map((options) => ({ direction: 'forward', streams: 1, ...options }));
  const name = '$send and $receive of $block bytes carry what the kernel counted ($direction, -P $streams)';

  it.each(PAIRS)(name, async (options) => {
    const { measured, ...counters } = await counted(limit, { options });
    const ways = options.direction === 'both' ? 2 : 1;
    expect(measured.directions).toHaveLength(ways);
    expect(measured.streams).toHaveLength(2 * ways * options.streams);
    for (const { from, receivedBytes } of measured.directions) {
      const to = from === 'client' ? 'server' : 'client';
      const sent = sumOf(measured, from, 'sender');
      expect(sumOf(measured, to, 'receiver')).toBe(sent);
      // The measured second of the whole run.
      expect(receivedBytes).toBeGreaterThan(0);
      expect(receivedBytes).toBeLessThanOrEqual(sent);
      const carried = payload(counters.after[to], counters.before[to], 'rx');
      expect(carried).toBeGreaterThanOrEqual(sent);
      // And what was sent again, as the kernel counts it: a sender this fast outruns the queue of a busy core.
      const again = counters.resent[from] * SEGMENT_BYTES;
      const packets = counters.after[to].rx.packets - counters.before[to].rx.packets;
      const beside = BESIDE_THE_TEST_BYTES + (again > 0 ? packets * SELECTIVE_ACKNOWLEDGEMENT_BYTES : 0);
      expect(carried).toBeLessThanOrEqual(sent + again + beside);
    }
    for (const { bytes, calls } of measured.streams) expect(calls).toBeGreaterThanOrEqual(bytes / options.block);
  });
});

describe.runIf(root)('the bare UDP loops', () => {
  const PAIRS = [
    { send: 'send', receive: 'recv', block: 1448 },
    { send: 'sendmmsg', receive: 'recvmmsg', block: 1448, sendBatch: 32, receiveBatch: 64 },
    { send: 'gso', receive: 'gro', block: 1448, sendBatch: 4, receiveBatch: 8 },
    { send: 'gso', receive: 'recvmmsg', block: 1448 },
    { send: 'gso', receive: 'gro', block: 64, segments: 128, sendBatch: 8, receiveBatch: 8, buffer: 64 << 20 },
    { send: 'gso', receive: 'gro', block: 1448, direction: 'reverse' },
  ];

  it.each(PAIRS)('$send and $receive of $block bytes carry what the kernel counted', async (options) => {
    const { measured, ...counters } = await counted(limit, { options: { udp: true, ...options } });
    const from = options.direction === 'reverse' ? 'server' : 'client';
    const to = from === 'client' ? 'server' : 'client';
    const [direction] = measured.directions;
    const [sent, received] = [sumOf(measured, from, 'sender'), sumOf(measured, to, 'receiver')];
    expect(received).toBeGreaterThan(0);
    expect(direction).toMatchObject({ from, datagrams: sent / options.block, lost: (sent - received) / options.block });
    const packets = counters.after[to].rx.packets - counters.before[to].rx.packets;
    const bytes = counters.after[to].rx.bytes - counters.before[to].rx.bytes;
    const carried = bytes - packets * ETHERNET_IPV4_UDP_BYTES;
    // What a queue of the kernel had no room for is between the two.
    expect(carried).toBeGreaterThanOrEqual(received);
    expect(carried).toBeLessThanOrEqual(sent + BESIDE_THE_TEST_BYTES);
  });
});

describe.runIf(root)('the bare loops end', () => {
  it('where the other end takes nothing', async () => {
    const taken: Socket[] = [];
    const silent = createServer((socket) => taken.push(socket.pause()));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const words = ['--connect', '127.0.0.1', '--port', `${port}`, '--send', 'write', '--seconds', '0.5'];
    try {
      const { stdout } = await promisify(execFile)(sanitized, words, { timeout: 20_000 });
      expect(JSON.parse(stdout).streams).toMatchObject([{ role: 'sender' }]);
    } finally {
      for (const socket of taken) socket.destroy();
      silent.close();
    }
  });

  it.each([
    ['where nobody listens', ['--connect', '127.0.0.1', '--port', '9', '--send', 'write'], /cannot connect/],
    ['with a method that is not there', ['--listen', '--receive', 'gro'], /no such method to receive/],
    ['without anything to do', ['--listen'], /neither --send nor --receive/],
    ['with a congestion control that is not there', ['--listen', '--receive', 'read', '--congestion', 'none'], /had/],
  ])('%s', async (_, words, complaint) => {
    const child = spawn(sanitized, words, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 20_000 });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const [status] = await once(child, 'close');
    expect(status).toBeGreaterThan(0);
    expect(said).toMatch(complaint);
    expect(said).not.toMatch(/Sanitizer/);
  });
});

describe.runIf(root)('other programs of the bench', () => {
  it.each([
    ['iperf2', bench.iperf2({ length: '128K' })],
    ['nuttcp', bench.nuttcp({ length: '128K' })],
  ])('%s tells what the kernel counted', async (_, program) => {
    for (const udpBytes of [undefined, 1448]) {
      const { measured, ...counters } = await counted(program, {
        options: { flags: [] },
        ...(udpBytes && { udpBytes }),
      });
      const [direction] = measured.directions;
      const [before, after] = [counters.before.server.rx, counters.after.server.rx];
      expect(direction?.receivedBytes).toBeGreaterThan(0);
      expect(direction!.receivedBytes).toBeLessThanOrEqual(after.bytes - before.bytes);
      expect(measured.bitsPerSecond / 8).toBeLessThan(1.5 * direction!.receivedBytes);
      if (udpBytes !== undefined) expect(direction?.datagrams).toBeGreaterThanOrEqual(direction!.receivedBytes / 1448);
    }
  });

  it('is not waited for where the run was interrupted before it began', async () => {
    await using network = await topology('loopback');
    const request = { program: bench.iperf2({ length: '128K' }), options: { flags: [] }, seconds: 60, omit: 0, cores };
    await expect(bench.runProgram(network, request, AbortSignal.abort())).rejects.toThrow('interrupted');
  });

  it('runs a row and writes a result', { timeout: 160_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'vnetperf-bench-'));
    const output = join(directory, 'result.json');
    const words = ['--seconds', '1', '--blocks', '1', '--only', 'line2 loopback', '--without', 'iperf3'];
    const pinning = ['--cores', `${cores.client},${cores.server}`, '--without-footprint', '--output', output];
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [RUN, ...words, ...pinning], {
        timeout: 150_000,
      });
      expect(stdout).toContain('loopback  line 2  auto');
      expect(stdout).not.toContain('failed');
      const { state, plan, runs, analysis } = await loadResult(output);
      expect(state).toBe('complete');
      expect(plan.cells.map(({ levels }) => levels.tool)).toEqual(['iperf2', 'nuttcp', 'limit', 'vnetperf']);
      expect(runs).toHaveLength(2 * plan.cells.length);
      expect(analysis?.cells.every(({ measured }) => measured === 1)).toBe(true);
      expect(analysis?.contrasts.map(({ ratio = 0 }) => ratio > 0)).toEqual([true, true, true]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
