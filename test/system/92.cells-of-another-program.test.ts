import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { executeCell } from '../../lib/compare/measuring/execute-cell.js';
import { measureOnNetwork } from '../../lib/compare/measuring/measure-on-network.js';
import { VnetperfError } from '../../lib/errors.js';
import { MachineWatch } from '../../lib/topology/diagnosis/machine-facts.js';
import { topology } from '../../lib/topology/topology.js';
import { aCell } from '../support/a-cell.js';
import { inside, interfaceCounters, payload } from '../support/interface-counters.js';
import { kernelCounters } from '../support/kernel-counters.js';
import { remaining } from '../support/machine-state.js';
import { watchedTests } from '../support/watched-tests.js';

const root = process.getuid?.() === 0;
const signal = new AbortController().signal;
const vnetperf = [process.execPath, fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))];
const DEADLINE_MS = 10_000;
/** TCP payload of a segment on this MTU; a few bytes more than any over IPv6. */
const SEGMENT_BYTES = 1448;

const started = watchedTests();

async function failureOf(promise: Promise<unknown>): Promise<VnetperfError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof VnetperfError)) throw error ?? new Error('it did not fail');
  return error;
}

describe.runIf(root)('iperf3 as a cell', () => {
  const TESTS: { name: string; clientOptions: string[]; from: string[]; family?: 6; parallel?: number }[] = [
    { name: 'TCP', clientOptions: ['-t', '1'], from: ['client'] },
    { name: 'TCP -R', clientOptions: ['-t', '1', '-R'], from: ['server'] },
    { name: 'TCP --bidir', clientOptions: ['-t', '1', '--bidir', '-b', '100M'], from: ['client', 'server'] },
    { name: 'TCP -P 3', clientOptions: ['-t', '1', '-P', '3'], from: ['client'], parallel: 3 },
    { name: 'TCP over IPv6', clientOptions: ['-t', '1', '-6'], from: ['client'], family: 6 },
  ];

  it.each(TESTS)('$name carries what the kernel counted', async ({ clientOptions, from, family, parallel = 1 }) => {
    const peer = { command: ['iperf3'], clientOptions };
    const { request } = aCell({ peer, pin: { client: [0], server: [1] }, ...(family ? { family } : {}) });
    const watch = new MachineWatch();
    await using network = await topology('bridge');
    const ends = { client: network.client, server: network.server };
    const countersOf = async () => ({
      client: await interfaceCounters(ends.client),
      server: await interfaceCounters(ends.server),
    });
    const start = await countersOf();
    const measured = await measureOnNetwork(network, request, watch, signal);
    const end = await countersOf();
    const resentBy = async (side: 'client' | 'server') =>
      kernelCounters(await inside(ends[side], 'cat', '/proc/net/snmp')).tcpRetransmittedSegments;
    const resent = { client: await resentBy('client'), server: await resentBy('server') };

    expect(measured.directions.map((direction) => direction.from)).toEqual(from);
    for (const direction of measured.directions) {
      const receiver = direction.from === 'client' ? 'server' : 'client';
      const carried = payload(end[receiver], start[receiver], 'rx', family ? 'ipv6' : 'ipv4');
      expect(carried).toBeGreaterThanOrEqual(direction.receivedBytes);
      // What was under way at the end, and what was sent again: as the kernel counts it, for a busy core drops more.
      // iperf3 does not count what its sockets hold when it hears of the end, as much as it was held up for.
      const again = resent[direction.from] * SEGMENT_BYTES;
      expect(carried).toBeLessThan(1.05 * (direction.sentBytes ?? direction.receivedBytes) + 1e6 + again);
      expect(direction.receivedBytes).toBeGreaterThan(0.5 * carried);
    }
    const streams = from.length * parallel;
    expect(measured.streams).toHaveLength(2 * streams);
    for (const { end: side, bytes, bytesByCore, pin } of measured.streams) {
      const core = side === 'client' ? 0 : 1;
      expect(bytesByCore).toEqual([{ core, bytes }]);
      expect(pin).toEqual({ asked: [core], got: [core] });
    }
    expect(measured.intervals[0]!.streams).toHaveLength(streams);
    expect(measured.cores.length).toBeGreaterThanOrEqual(2);
    expect(measured.path!.kind).toBe('bridge');
  });

  it('UDP', async () => {
    // So few that its socket's buffer holds a third of a second of them: a receiver that waits for a core loses none.
    const peer = { command: ['iperf3'], clientOptions: ['-u', '-t', '1', '-b', '3M'] };
    const measured = await executeCell(aCell({ peer, settings: { protocol: 'udp' } }), signal);
    const [only] = measured.directions;
    expect(only!.bitsPerSecond / 3e6).toBeCloseTo(1, 1);
    expect(only!.datagrams).toBeGreaterThan(200);
    expect(only!.lost).toBe(0);
    // Not pinned: nobody knows where its bytes ran.
    expect(measured.streams.every(({ bytesByCore, pin }) => bytesByCore.length === 0 && pin === undefined)).toBe(true);
  });

  it('UDP across hosts is held against what the link carries of the datagrams it chose', async () => {
    const peer = { command: ['iperf3'], clientOptions: ['-u', '-t', '1', '-b', '50M'] };
    const topologyOptions = { linkRateBitsPerSecond: 100e6 };
    const cell = aCell({ peer, topologyKind: 'vxlan', topologyOptions, settings: { protocol: 'udp' } });
    const { link, directions } = await executeCell(cell, signal);
    // iperf3 takes what TCP would put into a segment of its control connection.
    expect(link!.packet).toMatchObject({ payloadBytes: 1398, packets: 1 });
    expect(link!.carriesBitsPerSecond).toBeGreaterThan(88e6);
    expect(link!.directions[0]!.reachedPercent).toBeCloseTo(
      (100 * directions[0]!.bitsPerSecond) / link!.carriesBitsPerSecond!,
    );
  });

  it('runs on the cores that each end was given', async () => {
    const peer = { command: ['iperf3'], clientOptions: ['-t', '2'] };
    const running = executeCell(aCell({ peer, pin: { client: [1], server: [0, 1] } }), signal);
    const allowed = await whileRunning((words) => words.includes('iperf3'));
    expect(allowed.get('-c')).toBe('1');
    expect(allowed.get('-s')).toBe('0-1');
    const { streams } = await running;
    expect(streams.map(({ end, bytesByCore }) => [end, bytesByCore.length])).toEqual([
      ['client', 1],
      ['server', 0],
    ]);
  });

  it('across a switch in a process tells what that used', async () => {
    const peer = { command: ['iperf3'], clientOptions: ['-t', '1'] };
    const { carriers } = await executeCell(aCell({ peer, topologyKind: 'ovs-netdev' }), signal);
    expect(carriers).toMatchObject([{ name: 'ovs-vswitchd' }]);
    expect(carriers[0]!.cpuPercent).toBeGreaterThan(1);
    expect(carriers[0]!.busiestThread!.cpuPercent).toBeGreaterThan(1);
  });

  it('any program with its command line will do', async () => {
    const peer = { command: vnetperf, clientOptions: ['-t', '1', '-P', '2'] };
    const measured = await executeCell(aCell({ peer, topologyKind: 'loopback' }), signal);
    expect(measured.streams).toHaveLength(4);
    expect(measured.bitsPerSecond).toBeGreaterThan(1e8);
  });
});

describe.runIf(root)('another program that cannot be a cell', () => {
  const FAILURES: [string, string[], string[], string, RegExp][] = [
    [
      'is missing',
      ['no-such-program'],
      [],
      'ERR_COMMAND_MISSING',
      /needs no-such-program, which is not on this machine/,
    ],
    [
      'has no such option',
      ['iperf3'],
      ['--no-such-option'],
      'ERR_PEER_FAILED',
      /unrecognized option '--no-such-option'/,
    ],
    ['refuses a value', ['iperf3'], ['-P', '1000'], 'ERR_PEER_FAILED', /number of parallel streams too large/],
    ['fails in mid-test', ['iperf3'], ['-C', 'no-such-control'], 'ERR_IPERF3_FAILED', /TCP_CONGESTION/],
    ['is no server', ['false'], [], 'ERR_PEER_FAILED', /its server ended before it listened/],
    ['does not listen', ['sh', '-c', 'sleep 60 & sleep 61'], [], 'ERR_PEER_FAILED', /did not listen on port 5201/],
  ];

  it.each(FAILURES)('%s', async (_, command, clientOptions, code, words) => {
    const error = await failureOf(executeCell(aCell({ peer: { command, clientOptions } }), signal));
    expect(error).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(error.message).not.toContain('\n');
  });

  it('cannot run between several pairs of ends', async () => {
    const peer = { command: ['iperf3'], clientOptions: [] };
    const cell = aCell({ peer, topologyKind: 'bridge', topologyOptions: { endpoints: 2 } });
    expect(await failureOf(executeCell(cell, signal))).toMatchObject({ code: 'ERR_PEER_PAIRS' });
  });

  it('ends at once when it is interrupted', async () => {
    const interruption = new AbortController();
    const peer = { command: ['iperf3'], clientOptions: ['-t', '20'] };
    const running = executeCell(aCell({ peer, settings: { durationSeconds: 20 } }), interruption.signal);
    running.catch(() => {});
    await whileRunning((words) => words.includes('iperf3'));
    const start = performance.now();
    interruption.abort();
    expect(await failureOf(running)).toMatchObject({ code: 'ERR_INTERRUPTED' });
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('goes with this process, however that ends', async () => {
    const script = `
      import { executeCell } from ${JSON.stringify(new URL('../../build-modules/compare/measuring/execute-cell.js', import.meta.url).href)};
      const { request, ...cell } = JSON.parse(process.argv[1]);
      await executeCell({ ...cell, request }, new AbortController().signal);`;
    const peer = { command: ['iperf3'], clientOptions: ['-t', '20'] };
    const cell = JSON.stringify(aCell({ peer, settings: { durationSeconds: 20 } }));
    const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script, cell], {
      stdio: 'ignore',
      timeout: 30_000,
    });
    try {
      await whileRunning((words) => words.includes('iperf3'));
    } finally {
      child.kill('SIGKILL');
    }
    expect(await remaining(started)).toEqual([]);
  });
});

/** Waits until both ends run, and returns the cores that each may use, by its first option. */
async function whileRunning(wanted: (words: string) => boolean): Promise<Map<string, string>> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const ends = new Map<string, string>();
    for (const pid of started()) {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        if (!wanted(words[0] ?? '')) continue;
        const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
        for (const option of ['-s', '-c']) if (words.includes(option)) ends.set(option, list);
      } catch {
        // Ended meanwhile.
      }
    }
    if (ends.size === 2) return ends;
    if (performance.now() > deadline) throw new Error('the two ends were not seen running');
    await sleep(10);
  }
}
