import { describe, expect, it } from 'vitest';
import { type Machine, readMachine } from '../../lib/platform/cpu-topology.js';
import { placeEnds } from '../../lib/platform/place-ends.js';
import { type MachineTable, machines, withMachineTree } from '../support/machine-tree.js';

/** Each table is written and read once: 128 cores are thousands of files. */
const known = new Map<MachineTable, Machine>();

function read(table: MachineTable): Machine {
  const machine = known.get(table) ?? withMachineTree(table, readMachine);
  known.set(table, machine);
  return machine;
}

function place(machine: Machine, streams = 1, receiveCores: number[] = []) {
  return placeEnds(machine, { clientStreams: streams, serverStreams: streams, receiveCores });
}

function withBusy(machine: Machine, busy: Record<number, number>): Machine {
  return { ...machine, cores: machine.cores.map((core) => ({ ...core, busyPercent: busy[core.core] ?? 0 })) };
}

function withInterrupts(machine: Machine, cores: number[]): Machine {
  return {
    ...machine,
    networkInterrupts: [{ irq: 38, name: 'eth0-TxRx-0', interface: 'eth0', cores, count: 100 }],
  };
}

describe('one stream', () => {
  it('on the only core: both ends, and it is said', () => {
    expect(place(read(machines.oneCore))).toEqual({
      client: [0],
      server: [0],
      why: 'both ends share the only core this process may use: figures are of one core',
    });
  });

  it('on two cores: one each', () => {
    expect(place(read(machines.twoCores))).toEqual({
      client: [0],
      server: [1],
      why: 'cores 0 and 1, all that this process may use, share the L3 cache of node 0 (32 MiB)',
    });
  });

  it('on two threads of the only core: a thread each, and it is said', () => {
    expect(place(read({ ...machines.smt, mask: '3,11' }))).toEqual({
      client: [3],
      server: [11],
      why: 'cores 3 and 11, all that this process may use, are threads of one physical core (SMT), the only one this process may use',
    });
  });

  it('never on SMT siblings where there is another core', () => {
    expect(place(read({ ...machines.smt, mask: '2,10,3' }))).toMatchObject({ client: [2], server: [3] });
  });

  it('not on core 0 where there are others', () => {
    expect(place(read(machines.smt))).toEqual({
      client: [1],
      server: [2],
      why: 'cores 1 and 2 are on different physical cores and share the L3 cache of node 0 (32 MiB); kept off core 0 (other interrupts land there)',
    });
  });

  it('on cores of one node', () => {
    expect(place(read(machines.twoSockets))).toMatchObject({ client: [1], server: [3] });
  });

  it('under one L3 of a node that has several', () => {
    expect(place(read({ ...machines.ccx, mask: '3,4,8,9' }))).toMatchObject({ client: [8], server: [9] });
  });

  it('on one of four nodes of 128 cores', () => {
    expect(place(read(machines.kunpeng))).toMatchObject({
      client: [1],
      server: [2],
      why: 'cores 1 and 2 share the L3 cache of node 0 (32 MiB); kept off core 0 (other interrupts land there)',
    });
  });

  it('on the fast cores', () => {
    expect(place(read(machines.bigLittle))).toMatchObject({
      client: [4],
      server: [5],
      why: 'cores 4 and 5 share the L3 cache (32 MiB); kept off cores 0-3 (slower)',
    });
  });

  it('on cores that a cgroup allows, which are 3 of 16', () => {
    const files = { 'proc/self/cgroup': '0::/', 'sys/fs/cgroup/cpuset.cpus.effective': '3,6-7' };
    expect(place(read({ ...machines.ccx, files }))).toMatchObject({ client: [6], server: [7] });
  });

  it('on cores that the scheduler leaves alone, where this process may use them', () => {
    expect(place(read({ ...machines.ccx, isolated: '6-7' }))).toMatchObject({ client: [6], server: [7] });
  });

  it('apart from the cores that serve network interrupts', () => {
    expect(place(withInterrupts(read(machines.smt), [0, 1, 2]))).toMatchObject({
      client: [3],
      server: [4],
      why: expect.stringMatching(/; kept off cores 0-2 \(network interrupts\)$/),
    });
    // Not at the price of the cache.
    expect(place(withInterrupts(read({ ...machines.ccx, mask: '3,4-5' }), [4]))).toMatchObject({
      client: [4],
      server: [5],
    });
  });

  it('apart from the cores that are busy now, and from their siblings', () => {
    expect(place(withBusy(read(machines.smt), { 9: 84, 2: 29 }))).toMatchObject({
      client: [2],
      server: [3],
      why: expect.stringMatching(/; kept off core 9 \(busy now\), core 0 \(other interrupts land there\)$/),
    });
    // Rather on another cache than beside somebody.
    expect(place(withBusy(read({ ...machines.ccx, mask: '4-5,8' }), { 5: 100 }))).toMatchObject({
      client: [4],
      server: [8],
    });
  });

  it('on busy cores where there is no other, and it is said', () => {
    expect(place(withBusy(read(machines.twoCores), { 1: 97.4 }))).toMatchObject({
      client: [0],
      server: [1],
      why: expect.stringMatching(/; busy now: core 1 \(97 %\)$/),
    });
  });

  it('with a quota, says what that means', () => {
    const files = { 'proc/self/cgroup': '0::/', 'sys/fs/cgroup/cpu.max': '150000 100000' };
    expect(place(read({ ...machines.twoCores, files })).why).toMatch(
      /; the cgroup grants the time of 1\.5 cores only, and stops the ends when it is used up$/,
    );
  });

  it('near the core that receives, and not on it', () => {
    expect(place(read(machines.ccx), 1, [9])).toMatchObject({
      client: [8],
      server: [10],
      why: expect.stringMatching(/; kept off core 9 \(takes in what the ends receive\), core 0 /),
    });
    // With two cores there is no third.
    expect(place(read(machines.twoCores), 1, [1])).toMatchObject({ client: [0], server: [1] });
  });

  it('where the kernel shows nothing but numbers: two of them', () => {
    expect(place(read(machines.bare))).toEqual({
      client: [1],
      server: [2],
      why: "cores 1 and 2 share nothing but the machine's memory; kept off core 0 (other interrupts land there)",
    });
    expect(place(readMachine('/nowhere'))).toMatchObject({ client: [], server: [], why: expect.any(String) });
  });
});

describe('several streams', () => {
  it('have a core each, under one L3', () => {
    expect(place(read(machines.ccx), 2)).toMatchObject({ client: [4, 6], server: [5, 7] });
  });

  it('have their two ends under one L3 where all do not fit under one', () => {
    expect(place(read(machines.ccx), 4)).toMatchObject({ client: [1, 4, 6, 8], server: [2, 5, 7, 9] });
  });

  it('take the second threads when cores run out, each for the end that has the first', () => {
    const { client, server } = place(read(machines.smt), 6);
    expect(client).toEqual([1, 3, 5, 7, 9, 11]);
    expect(server).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it('share cores when there are no more', () => {
    expect(place(read(machines.twoCores), 8)).toMatchObject({ client: [0], server: [1] });
    expect(place(read(machines.twoSockets), 32)).toMatchObject({
      client: expect.objectContaining({ length: 4 }),
      server: expect.objectContaining({ length: 4 }),
    });
  });

  it.each(Object.entries(machines))('never have both ends on one physical core: %s', (name, table) => {
    const machine = read(table);
    for (const streams of [1, 2, 3, 4, 5, 8, 13, 40]) {
      const { client, server } = place(machine, streams);
      const siblings = new Set(client.flatMap((core) => machine.cores[core]!.siblings));
      if (name !== 'oneCore') expect(server.filter((core) => siblings.has(core))).toEqual([]);
      expect(new Set([...client, ...server]).size).toBe(name === 'oneCore' ? 1 : client.length + server.length);
      expect(client.length).toBeLessThanOrEqual(streams);
      expect(client.length).toBeGreaterThan(0);
      expect(server.length).toBeGreaterThan(0);
    }
  });

  it.each(Object.entries(machines))(
    'leave the other end to a server that does not know how many come: %s',
    (name, table) => {
      const machine = read(table);
      const { server } = place(machine, machine.cores.length);
      for (const streams of [1, 2, 3, 4, 8, 13]) {
        const { client } = place(machine, streams);
        if (name !== 'oneCore') expect(client.filter((core) => server.includes(core))).toEqual([]);
      }
    },
  );
});
