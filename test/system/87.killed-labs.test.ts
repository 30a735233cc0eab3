import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kindsHere, NO_KINDS } from '../support/buildable-kinds.js';
import { LabCommands, type RunningLabCommand } from '../support/lab-command.js';
import { remaining } from '../support/machine-state.js';
import { OvsSwitchProcesses } from '../support/ovs-switch.js';

const root = process.getuid?.() === 0;
const { buildable, args, engine } = root ? await kindsHere() : NO_KINDS;
afterAll(() => engine?.[Symbol.asyncDispose]());

/** What the engine's own namespace holds beside its objects: packet-filter rules without their counters, and interfaces. */
function engineSide(): string[] {
  if (engine === undefined) return [];
  const rules = engine.namespace.run('iptables-save').split('\n');
  const links = JSON.parse(engine.namespace.run('ip', '-json', 'link')) as { ifname: string }[];
  return [
    ...rules.filter((line) => line.startsWith('-A') || line.startsWith('*')),
    ...links.map(({ ifname }) => ifname),
  ].sort();
}

/** A moment in the life of a command, and how to wait for it. */
interface Moment {
  name: string;
  arrives(running: RunningLabCommand, standsAfterMs: number): Promise<unknown>;
}

/** Somewhere in a part of the time from the start of the command until its network stands and was verified. */
const between = (from: number, to: number) => (_: unknown, standsAfterMs: number) =>
  sleep((from + Math.random() * (to - from)) * standsAfterMs);
const STANDS = /client .* server /;

const MOMENTS: readonly Moment[] = [
  { name: 'plan', arrives: between(0.2, 0.5) },
  { name: 'create', arrives: between(0.5, 0.8) },
  { name: 'verify', arrives: between(0.8, 1) },
  {
    name: 'measure',
    arrives: async (running) => {
      expect(await running.printed(STANDS)).toBe(true);
      await sleep(Math.random() * 800);
    },
  },
  {
    name: 'remove',
    arrives: async (running) => {
      // The report comes before the removal.
      expect(await running.printed(/iperf Done\./)).toBe(true);
      await sleep(Math.random() * 20);
    },
  },
];

describe.runIf(root).each(buildable)('%s', (kind) => {
  let vnetperf: LabCommands;
  let standsAfterMs: number;
  let engineBefore: string[];
  beforeAll(async () => {
    engineBefore = engineSide();
    const once = new LabCommands();
    const start = performance.now();
    const running = once.start('run', kind, ...args(kind), '-t', '1', '-b', '10M');
    expect(await running.printed(STANDS)).toBe(true);
    standsAfterMs = performance.now() - start;
    expect(await running.finished()).toMatchObject({ status: 0 });
    expect(once.left()).toEqual([]);
    expect((await engine?.objects()) ?? []).toEqual([]);
    await once.dispose();
  });
  beforeEach(() => {
    vnetperf = new LabCommands();
  });
  afterEach(() => vnetperf.dispose());

  async function collected(): Promise<void> {
    const gc = await vnetperf.run('topology', 'gc');
    expect(gc).toMatchObject({ status: 0, stderr: '' });
    // The kernel takes its time over a process that was killed, and over the namespaces that it held.
    expect(await remaining(() => vnetperf.left())).toEqual([]);
    expect((await engine?.objects()) ?? []).toEqual([]);
    expect(engineSide()).toEqual(engineBefore);
  }

  it.each(MOMENTS.map(({ name, arrives }) => [name, arrives] as const))(
    'killed in mid-%s is collected to the last trace',
    async (_, arrives) => {
      const running = vnetperf.start('run', kind, ...args(kind), '-t', '1', '-b', '10M');
      await arrives(running, standsAfterMs);
      running.signal('SIGKILL');
      await running.finished();
      await collected();
    },
  );

  it('killed while it is brought up is collected', async ({ onTestFailed }) => {
    const share = 0.4 + Math.random() / 2;
    onTestFailed(() => console.error(`it was killed after ${share} of ${standsAfterMs} ms`));
    const running = vnetperf.start('topology', 'up', kind, ...args(kind), '--name', 'test-killed');
    await sleep(share * standsAfterMs);
    running.signal('SIGKILL');
    const { stdout } = await running.finished();
    const stands = vnetperf.journals().some(({ status }) => status === 'up');
    if (stands) {
      // Killed when it was up already: it is no orphan.
      expect(await vnetperf.run('topology', 'gc')).toMatchObject({ status: 0, stdout: 'nothing to remove\n' });
      expect(await vnetperf.run('topology', 'down', 'test-killed')).toMatchObject({ status: 0, stderr: '' });
    } else expect(stdout).toBe('');
    await collected();
  });

  it('killed while it is taken down is collected', async () => {
    expect(await vnetperf.run('topology', 'up', kind, ...args(kind), '--name', 'test-down')).toMatchObject({
      status: 0,
    });
    const down = vnetperf.start('topology', 'down', 'test-down');
    // From when it has begun: before that it is a network that stands.
    while (!down.ended && vnetperf.journals().some(({ status }) => status === 'up')) await sleep(1);
    down.signal('SIGKILL');
    await down.finished();
    await collected();
  });
});

describe.runIf(root)('on a switch of the machine', () => {
  let ovs: OvsSwitchProcesses;
  let vnetperf: LabCommands;
  let before: unknown;
  beforeAll(async () => {
    ovs = await OvsSwitchProcesses.start();
  });
  afterAll(() => ovs.stop());
  beforeEach(() => {
    vnetperf = new LabCommands({ namespace: ovs.namespace.fd });
    before = machineOf(ovs);
  });
  afterEach(() => vnetperf.dispose());

  /** The switch removes the device of its own datapath some time after the last bridge is gone. */
  const asBefore = () => expect.poll(() => machineOf(ovs), { timeout: 3_000, interval: 20 }).toEqual(before);

  /** Bridges with their ports, and interfaces. */
  function machineOf({ namespace }: OvsSwitchProcesses) {
    const links = JSON.parse(namespace.run('ip', '-json', 'link')) as { ifname: string }[];
    return { records: ovs.vsctl('show'), links: links.map(({ ifname }) => ifname).sort() };
  }

  it.each(MOMENTS.map(({ name, arrives }) => [name, arrives] as const))(
    'a lab killed in mid-%s is collected: records, interfaces and all',
    async (_, arrives) => {
      const once = vnetperf.start('run', 'ovs-netdev', '--ovs-db', ovs.database, '-t', '1', '-b', '10M');
      const start = performance.now();
      expect(await once.printed(STANDS)).toBe(true);
      const standsAfterMs = performance.now() - start;
      expect(await once.finished()).toMatchObject({ status: 0 });
      await asBefore();

      const running = vnetperf.start('run', 'ovs-netdev', '--ovs-db', ovs.database, '-t', '1', '-b', '10M');
      await arrives(running, standsAfterMs);
      running.signal('SIGKILL');
      await running.finished();
      expect(await vnetperf.run('topology', 'gc')).toMatchObject({ status: 0, stderr: '' });
      expect(await remaining(() => vnetperf.left())).toEqual([]);
      await expect.poll(() => machineOf(ovs), { timeout: 5_000 }).toEqual(before);
    },
  );

  it('a network stays until it is taken down', async () => {
    expect(await vnetperf.run('topology', 'up', 'ovs-netdev', '--ovs-db', ovs.database)).toMatchObject({ status: 0 });
    expect(await vnetperf.run('topology', 'gc')).toMatchObject({ status: 0, stdout: 'nothing to remove\n' });
    expect(machineOf(ovs)).not.toEqual(before);
    expect(await vnetperf.run('topology', 'down', 'ovs-netdev')).toMatchObject({ status: 0, stderr: '' });
    await asBefore();
    expect(vnetperf.left()).toEqual([]);
  });
});
