import { describe, expect, it } from 'vitest';
import { parseCpusArguments } from '../../lib/cli/cpus-arguments.js';
import { withBusyCores } from '../../lib/platform/busy-cores.js';
import { type Machine, readMachine } from '../../lib/platform/cpu-topology.js';
import { placeEnds } from '../../lib/platform/place-ends.js';
import { cpuTableLines } from '../../lib/report/cpu-table.js';
import { interruptLine, type MachineTable, machines, withMachineTree } from '../support/machine-tree.js';

function shown(table: MachineTable, streams = 1, busy: Record<number, number> = {}): string {
  const read = withMachineTree(table, readMachine);
  const machine: Machine = {
    ...read,
    cores: read.cores.map((core) => ({ ...core, busyPercent: busy[core.core] ?? 0, networkSoftirqsPerSecond: 12 })),
  };
  return cpuTableLines(machine, placeEnds(machine, { clientStreams: streams, serverStreams: streams }), streams).join(
    '\n',
  );
}

describe('the cores as a table', () => {
  it('of a small virtual machine', () => {
    const files = {
      'proc/interrupts': [
        '  CPU0 CPU1',
        interruptLine(38, [0, 5], 'eth0-rx-0'),
        interruptLine(39, [7, 0], 'eth0-tx-0'),
      ].join('\n'),
      'proc/irq/38/effective_affinity_list': '1',
      'proc/irq/39/effective_affinity_list': '0',
      'sys/class/net/eth0/ifindex': '2',
      'sys/class/net/eth0/queues/rx-0/rps_cpus': '2',
      'proc/self/cgroup': '0::/',
      'sys/fs/cgroup/cpu.max': '150000 100000',
    };
    expect(shown({ ...machines.twoCores, files }, 1, { 1: 41.6 })).toBe(`\
2 cores, of which this process may use them all
node 0: cores 0-1
L3 cache 32 MiB: cores 0-1
the cgroup grants the time of 1.5 cores
what eth0 receives is passed to core 1 (RPS)

core  node  may use  busy now  NET_RX/s
   0     0      yes       0 %        12  client, interrupts of eth0
   1     0      yes      42 %        12  server, interrupts of eth0

--pin auto, 1 stream: client on core 0, server on core 1
  cores 0 and 1, all that this process may use, share the L3 cache of node 0 (32 MiB); busy now: core 1 (42 %); the cgroup grants the time of 1.5 cores only, and stops the ends when it is used up`);
  });

  it('of a machine with SMT, for several streams', () => {
    const lines = shown({ ...machines.smt, mask: '0-3,8-11', isolated: '3,11' }, 2).split('\n');
    expect(lines[0]).toBe('16 cores (8 physical ones), of which this process may use 0-3,8-11');
    expect(lines).toContain('L3 cache 32 MiB: cores 0-15');
    expect(lines).not.toContainEqual(expect.stringMatching(/^L2/));
    expect(lines).toContain('core  threads  node  max MHz  base MHz  may use  busy now  NET_RX/s');
    expect(lines).toContain('   3     3,11     0     4700      3600      yes       0 %        12  server, isolated');
    expect(lines).toContain('   4     4,12     0     4700      3600       no       0 %        12');
    expect(lines).toContain('--pin auto, 2 streams: client on cores 1,2, server on cores 3,8');
  });

  it('of two sockets, and of large and small cores', () => {
    expect(shown(machines.twoSockets)).toContain('\nnode 0: cores 0,2,4,6\nnode 1: cores 1,3,5,7\n');
    expect(shown(machines.twoSockets)).toContain('\ncore  package  node  may use');
    expect(shown(machines.bigLittle)).toContain('\ncore  capacity  max MHz  may use');
  });

  it('of a machine that shows nothing', () => {
    expect(shown({ cores: [] })).toMatch(/nothing is pinned\n {2}the kernel shows no core/);
    expect(shown({ ...machines.ccx, online: '0-1' })).toMatch(/^2 cores, .* them all; offline: 2-15\n/);
  });
});

describe('what cores do at the moment', () => {
  it('is looked at for a moment, of each of this machine’s', async () => {
    const { cores } = await withBusyCores(readMachine(), 100);
    for (const { busyPercent, networkSoftirqsPerSecond } of cores) {
      expect(busyPercent).toBeGreaterThanOrEqual(0);
      expect(busyPercent).toBeLessThanOrEqual(100);
      expect(networkSoftirqsPerSecond).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('the command line of cpus', () => {
  it('takes streams, JSON and help', () => {
    expect(parseCpusArguments([])).toEqual({ show: 'cores', streams: 1, json: false });
    expect(parseCpusArguments(['-JP4'])).toEqual({ show: 'cores', streams: 4, json: true });
    expect(parseCpusArguments(['--help'])).toEqual({ show: 'help' });
  });

  it.each([
    [['-P', '0'], 'parameter'],
    [['-x'], 'syntax'],
    [['bridge'], 'parameter'],
  ])('refuses %j', (argv, kind) => {
    expect(() => parseCpusArguments(argv)).toThrow(expect.objectContaining({ kind, command: 'cpus' }));
  });
});
