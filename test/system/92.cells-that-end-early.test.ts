import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executeCell } from '../../lib/compare/measuring/execute-cell.js';
import { measureOnNetwork } from '../../lib/compare/measuring/measure-on-network.js';
import { withinCellTime } from '../../lib/compare/measuring/within-cell-time.js';
import { VnetperfError } from '../../lib/errors.js';
import { MachineWatch } from '../../lib/topology/diagnosis/machine-facts.js';
import { type Topology, topology } from '../../lib/topology/topology.js';
import { aCell } from '../support/a-cell.js';
import { leftBehind, type MachineState, machineState } from '../support/machine-state.js';

const root = process.getuid?.() === 0;
const never = new AbortController().signal;
/** The promise is "under two seconds", and the machine may be busy. */
const PROMPT_MS = 2_000;

let before: MachineState;

beforeEach(() => {
  before = machineState();
});

afterEach(() => {
  expect(leftBehind(before)).toEqual([]);
});

async function failureOf(promise: Promise<unknown>): Promise<VnetperfError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof VnetperfError)) throw error ?? new Error('it did not fail');
  return error;
}

describe.runIf(root)('a cell that is interrupted', () => {
  const long = aCell({ topologyKind: 'bridge', settings: { durationSeconds: 30 } });

  it.each([
    ['before it begins', 0],
    ['while its network is built', 20],
    ['in mid-test', 1_200],
  ])('%s ends promptly', async (_, afterMs) => {
    const interruption = new AbortController();
    if (afterMs === 0) interruption.abort();
    const running = executeCell(long, interruption.signal);
    running.catch(() => {});
    await sleep(afterMs);
    const start = performance.now();
    interruption.abort();
    expect(await failureOf(running)).toMatchObject({ code: 'ERR_INTERRUPTED' });
    expect(performance.now() - start).toBeLessThan(PROMPT_MS);
  });

  it('while it pings an idle network ends promptly', async () => {
    const interruption = new AbortController();
    const running = executeCell(aCell({ latency: true, settings: { durationSeconds: 30 } }), interruption.signal);
    running.catch(() => {});
    await sleep(500);
    const start = performance.now();
    interruption.abort();
    expect(await failureOf(running)).toMatchObject({ code: 'ERR_INTERRUPTED' });
    expect(performance.now() - start).toBeLessThan(PROMPT_MS);
  });
});

describe.runIf(root)('a cell that cannot be measured', () => {
  it('on a network that nobody knows', async () => {
    expect(await failureOf(executeCell(aCell({ topologyKind: 'no-such-kind' }), never))).toMatchObject({
      code: 'ERR_UNKNOWN_KIND',
    });
  });

  it('with a congestion control that the kernel does not have', async () => {
    const error = await failureOf(executeCell(aCell({ settings: { congestion: 'no-such-control' } }), never));
    expect(error.message).toContain('congestion');
  });

  it('beyond its time', async () => {
    await using network = await topology('veth');
    const { request } = aCell({ settings: { durationSeconds: 30 } });
    const watch = new MachineWatch();
    const start = performance.now();
    const running = withinCellTime(
      { omitSeconds: 0, durationSeconds: 1 },
      never,
      (signal) => measureOnNetwork(network, request, watch, signal),
      0.5,
    );
    expect(await failureOf(running)).toMatchObject({
      code: 'ERR_CELL_TIMEOUT',
      message: 'the test was not over after 1.5 s, and was ended',
    });
    expect(performance.now() - start).toBeLessThan(1_500 + PROMPT_MS);
  });

  it.each([
    ['by us', undefined],
    ['by iperf3', { command: ['iperf3'], clientOptions: ['-u', '-b', '10M', '-t', '1'] }],
  ])('because nothing arrives, measured %s, with the cause', async (_, peer) => {
    await using network = await topology('veth');
    filterLargeDatagrams(network);
    const settings = { protocol: 'udp' as const, rateBitsPerSecond: 10_000_000 };
    const { request } = aCell({ settings, ...(peer === undefined ? {} : { peer }) });
    const error = await failureOf(measureOnNetwork(network, request, new MachineWatch(), never));
    expect(error).toMatchObject({
      code: 'ERR_NOTHING_ARRIVED',
      message: expect.stringMatching(/^nothing of the test arrived, although veth still carries .*chain input.* drop/),
    });
    expect(error.remedy).toBeDefined();
  });
});

describe.runIf(root)('a cell with round trips', () => {
  it('has them idle and under load', async () => {
    const { latency } = await executeCell(aCell({ latency: true, settings: { durationSeconds: 2 } }), never);
    expect(latency!.idle.samples).toBeGreaterThan(100);
    expect(latency!.loaded!.samples).toBeGreaterThan(100);
    expect(latency!.idle.percentiles.map(({ percentile }) => percentile)).toEqual([50, 90, 99, 99.9]);
  });
});

/** The greetings of a test get through, what it measures with does not. */
function filterLargeDatagrams({ server }: Topology): void {
  const rules = [
    'add table inet guard',
    'add chain inet guard input { type filter hook input priority 0 ; }',
    'add rule inet guard input udp dport 5201 meta length > 400 counter drop',
  ];
  execFileSync('nsenter', ['--net=/proc/self/fd/3', 'nft', '-f', '-'], {
    input: rules.join('\n'),
    stdio: ['pipe', 'inherit', 'inherit', server.namespace.fd],
    timeout: 5_000,
  });
}
