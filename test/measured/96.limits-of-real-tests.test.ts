import { constants, getPriority, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Limit, LimitKind, Measurement } from '../../lib/compare/measurement.js';
import { measureOnNetwork } from '../../lib/compare/measuring/measure-on-network.js';
import type { TestSettings } from '../../lib/configuration/settings.js';
import { runCommand } from '../../lib/platform/run-command.js';
import { MachineWatch } from '../../lib/topology/diagnosis/machine-facts.js';
import { type Topology, topology } from '../../lib/topology/topology.js';
import { aCell } from '../support/a-cell.js';
import { inside } from '../support/interface-counters.js';
import { leftBehind, machineState } from '../support/machine-state.js';

const root = process.getuid?.() === 0;
const signal = new AbortController().signal;
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const SEPARATE = { client: [0], server: [1] };

// What is started from here on inherits it: a test that is to be short of one thing must not be short of time on cores
// that other programs want too.
const usual = getPriority();
beforeAll(() => {
  if (root) setPriority(constants.priority.PRIORITY_HIGHEST);
});
afterAll(() => {
  if (root) setPriority(usual);
});

interface Forced {
  kind?: string;
  settings: Partial<TestSettings>;
  pin?: { client: number[]; server: number[] };
  /** Makes the network what the test needs. */
  prepare?: (network: Topology) => Promise<unknown>;
}

async function measure({ kind = 'bridge', settings, pin = SEPARATE, prepare }: Forced): Promise<Measurement> {
  const before = machineState();
  const watch = new MachineWatch();
  let measured: Measurement;
  {
    await using network = await topology(kind);
    await prepare?.(network);
    const { request } = aCell({ topologyKind: kind, settings, pin });
    measured = await measureOnNetwork(network, request, watch, signal);
  }
  expect(leftBehind(before)).toEqual([]);
  return measured;
}

function limitOf({ limits }: Measurement, ...kinds: LimitKind[]): Limit {
  const limit = limits.find(({ kind }) => kinds.includes(kind));
  expect(limit, `${kinds.join(' or ')} among ${JSON.stringify(limits)}`).toBeDefined();
  return limit!;
}

/** The server's kernel throws away so many of ten thousand packets of the protocol. */
function dropping(perTenThousand: number, protocol: 'tcp' | 'udp') {
  const rule = `meta l4proto ${protocol} numgen random mod 10000 < ${perTenThousand} drop`;
  return ({ server }: Topology) =>
    inside(server, 'nft', `table inet loss { chain in { type filter hook input priority 0; ${rule}; }; }`);
}

describe.runIf(root)('what a real test was limited by', () => {
  it('is the window where buffers are small', async () => {
    const measured = await measure({ settings: { windowBytes: 8192 } });
    const { evidence } = limitOf(measured, 'receive-window', 'send-buffer');
    const sender = measured.streams.find(({ role }) => role === 'sender')!.tcp!;
    expect(evidence.busySeconds).toBe(sender.busySeconds);
    expect(evidence.percentOfTime).toBeGreaterThan(10);
    expect(measured.limits.map(({ kind }) => kind)).not.toContain('pacing');
  });

  it('is the window of the server where that sends', async () => {
    const measured = await measure({ settings: { windowBytes: 8192, direction: 'reverse' } });
    expect(measured.streams.find(({ role }) => role === 'sender')?.end).toBe('server');
    limitOf(measured, 'receive-window', 'send-buffer');
  });

  it('is the rate that was asked for, where it was had', async () => {
    const { limits } = await measure({
      settings: { rateBitsPerSecond: 20_000_000, lengthBytes: 8192, durationSeconds: 3 },
    });
    expect(limits).toEqual([
      {
        kind: 'asked-rate',
        text: 'the asked rate of 20 Mbit/s',
        evidence: { askedBitsPerSecond: 20_000_000, sentBitsPerSecond: expect.closeTo(20_000_000, -6) },
      },
    ]);
  });

  it('is the pace that was asked for, where it was had', async () => {
    const measured = await measure({ settings: { fqRateBitsPerSecond: 100_000_000 } });
    expect(limitOf(measured, 'pacing').text).toBe('pacing at the asked 100 Mbit/s');
  });

  it('is the core that both ends share', async () => {
    const measured = await measure({ settings: { congestion: 'cubic' }, pin: { client: [0], server: [0] } });
    const { evidence } = limitOf(measured, 'core-saturated');
    const { user, system, softirq } = measured.cores.find(({ core }) => core === 0)!;
    expect(evidence).toMatchObject({ core: 0, userPercent: user, systemPercent: system, softirqPercent: softirq });
    expect(evidence.busyPercent).toBeGreaterThanOrEqual(97);
  });

  it("is the receiving socket's buffer where a flood meets a small one", async () => {
    const settings = { protocol: 'udp', windowBytes: 4096, rateBitsPerSecond: 0, lengthBytes: 1448 } as const;
    const measured = await measure({ settings });
    const { text, evidence } = limitOf(measured, 'socket-buffer');
    const drops = measured.streams.reduce((sum, { socketBufferDrops = 0 }) => sum + socketBufferDrops, 0);
    expect(text).toBe(`socket buffer: ${drops} datagrams dropped`);
    expect(evidence).toMatchObject({ dropped: drops, lostPercent: measured.directions[0]!.lostPercent });
  });

  it('is what was lost between the sockets, in about the share that a rule threw away', async () => {
    const settings = { protocol: 'udp', rateBitsPerSecond: 50_000_000, lengthBytes: 1000 } as const;
    const measured = await measure({ settings, prepare: dropping(1000, 'udp') });
    const { evidence } = limitOf(measured, 'link');
    // 6250 datagrams: the standard deviation of the share is 0.4 points.
    expect(evidence.lostOnPathPercent).toBeGreaterThan(7.5);
    expect(evidence.lostOnPathPercent).toBeLessThan(12.5);
  });

  it.each(['cubic', 'bbr'])('is retransmits where segments are lost, with %s', async (congestion) => {
    const measured = await measure({ settings: { congestion }, prepare: dropping(100, 'tcp') });
    const { evidence } = limitOf(measured, 'retransmits', 'reordering');
    expect(evidence.retransmits).toBe(measured.directions[0]!.retransmits);
    expect(evidence.retransmittedPercent).toBeGreaterThan(0.1);
  });

  it('is the switch whose one thread has no time left', async () => {
    // Several streams: while one waits for what was lost, the others keep the switch busy. Both ends are on one core, so
    // that the switch has another for itself, of which the kernel's own threads and other programs take a part at times.
    const settings = { congestion: 'cubic', parallel: 4, durationSeconds: 2 };
    for (let left = 5; ; left--) {
      const measured = await measure({ kind: 'ovs-netdev', settings, pin: { client: [0], server: [0] } });
      const { pid, busiestThread } = measured.carriers[0]!;
      if (busiestThread!.cpuPercent >= 97) {
        const evidence = { pid, threadPercent: busiestThread!.cpuPercent };
        expect(measured.limits[0]).toMatchObject({ kind: 'carrier-thread', evidence });
        return;
      }
      expect(measured.limits.map(({ kind }) => kind)).not.toContain('carrier-thread');
      expect(left, `the switch's thread at ${busiestThread!.cpuPercent} %`).toBeGreaterThan(1);
    }
  });

  it('is pacing by bbr just where cores and windows had room, and where no other program took its part', async () => {
    const measured = await measure({ settings: { congestion: 'bbr' } });
    const sender = measured.streams.find(({ role }) => role === 'sender')!;
    expect(sender.paced).toBe(true);
    const used = measured.cores.filter(({ core }) => core < 2);
    const { busySeconds = 0, receiveWindowLimitedSeconds = 0, sendBufferLimitedSeconds = 0 } = sender.tcp!;
    const hadRoom =
      used.every(({ idle }) => idle > 3) &&
      Math.max(receiveWindowLimitedSeconds, sendBufferLimitedSeconds) <= busySeconds / 2 &&
      measured.warnings.every((warning) => !warning.startsWith('other processes used'));
    expect(measured.limits.some(({ kind }) => kind === 'pacing')).toBe(hadRoom);
  });
});

describe.runIf(root)('the closing lines of run', () => {
  it('name what no mark in the table does', async () => {
    const words = ['run', 'bridge', '--pin', '0:1', '-t', '1', '-w', '8K'];
    const { stdout } = await runCommand([process.execPath, MAIN, ...words], { timeoutMs: 30_000 });
    expect(stdout).toMatch(/^limited by: .*(receive window|send buffer), \d+(\.\d)? % of the time/m);
    expect(stdout).not.toContain('the kernel paced the sender');
  });
});
