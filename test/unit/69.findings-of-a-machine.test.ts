import { describe, expect, it } from 'vitest';
import { busyPercent, readCoreTicks } from '../../lib/platform/core-ticks.js';
import { bufferFindings, sustainedBitsPerSecond } from '../../lib/topology/diagnosis/buffer-findings.js';
import { parseStat } from '../../lib/topology/diagnosis/busy-threads.js';
import { congestionFindings } from '../../lib/topology/diagnosis/congestion-findings.js';
import { coreFindings, pinFindings } from '../../lib/topology/diagnosis/core-findings.js';
import { engineFindings } from '../../lib/topology/diagnosis/engine-findings.js';
import { governorFindings } from '../../lib/topology/diagnosis/governor-findings.js';
import type { IntendedTest } from '../../lib/topology/diagnosis/intended-test.js';
import type { MachineFacts } from '../../lib/topology/diagnosis/machine-facts.js';
import { machineFindings } from '../../lib/topology/diagnosis/machine-findings.js';
import { soundness } from '../../lib/topology/diagnosis/soundness.js';

const QUIET: MachineFacts = {
  receiveBufferMaxBytes: 4 * 1024 * 1024,
  congestion: 'cubic',
  availableCongestion: ['reno', 'cubic'],
  governors: new Map(),
  allowedCores: [0, 1, 2, 3],
  mayExceedBufferMax: true,
  busyCores: [],
  busyThreads: [],
};
const TEST: IntendedTest = {
  protocol: 'tcp',
  congestion: undefined,
  rateBitsPerSecond: 0,
  windowBytes: 0,
  pin: { client: [0], server: [1] },
};
const PMD = { pid: 77, process: 'ovs-vswitchd', thread: 'pmd-c01/id:9', core: 1, percent: 99.6 };

describe('a quiet machine', () => {
  it('has nothing to find for a pinned test, and only pinning to speak of for others', () => {
    expect(machineFindings(QUIET, undefined, TEST)).toEqual([]);
    expect(machineFindings(QUIET).map(({ code }) => code)).toEqual(['NOT_PINNED']);
    expect(soundness(undefined, QUIET)).toMatchObject([
      { severity: 'ok', message: expect.stringContaining('no busy core') },
    ]);
  });
});

describe('the default congestion control', () => {
  const bbr = { defaults: { client: 'bbr', server: 'cubic' }, available: ['reno', 'bbr', 'cubic'] };

  it('is a warning where it paces and is used', () => {
    expect(congestionFindings(bbr, TEST)).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringMatching(/ of the client is bbr: /),
        remedy: expect.stringContaining('-C cubic'),
      },
    ]);
    expect(congestionFindings({ ...bbr, defaults: { client: 'bbr', server: 'bbr' } })[0]?.message).toMatch(
      /^the default congestion control is bbr: a single stream will be paced/,
    );
  });

  it('is none where another is chosen, or the test is not TCP', () => {
    expect(congestionFindings(bbr, { ...TEST, congestion: 'reno' })).toEqual([]);
    expect(congestionFindings(bbr, { ...TEST, protocol: 'udp' })).toEqual([]);
    expect(congestionFindings({ ...bbr, defaults: { client: 'cubic', server: 'reno' } })).toEqual([]);
  });
});

describe('receive buffers of UDP', () => {
  const small = { receiveBufferMaxBytes: 212_992, mayExceedBufferMax: false };
  const udp = { ...TEST, protocol: 'udp' as const };

  it('hold a millisecond of about 2 Gbit/s by the kernel’s default', () => {
    expect(sustainedBitsPerSecond(212_992) / 1e9).toBeCloseTo(2.15, 2);
    expect(bufferFindings(small)).toMatchObject([
      {
        severity: 'note',
        message: 'net.core.rmem_max is 212992: UDP above about 2.1 Gbit/s will be dropped by the socket',
        remedy: 'sysctl -w net.core.rmem_max=33554432.',
      },
    ]);
    expect(bufferFindings(QUIET)).toEqual([]);
  });

  it('are a warning where the rate of the test is above that, and only there', () => {
    expect(bufferFindings(small, { ...udp, rateBitsPerSecond: 5e9 })).toMatchObject([
      { severity: 'warning', message: expect.stringMatching(/2\.1 Gbit\/s a stream .* 5 Gbit\/s was asked for$/) },
    ]);
    expect(bufferFindings(small, udp)).toMatchObject([{ message: expect.stringMatching(/no rate was set$/) }]);
    expect(bufferFindings(small, { ...udp, rateBitsPerSecond: 1e9 })).toEqual([]);
    expect(bufferFindings(small, TEST)).toEqual([]);
  });

  it('may be larger than the sysctl for a socket of root, unless -w says how large', () => {
    const root = { ...small, mayExceedBufferMax: true };
    expect(bufferFindings(root, { ...udp, rateBitsPerSecond: 5e9 })).toEqual([]);
    expect(bufferFindings(root, { ...udp, rateBitsPerSecond: 5e9, windowBytes: 100_000 })).toMatchObject([
      {
        message: expect.stringContaining('the receive buffer is 100000 bytes (-w)'),
        remedy: 'Give a larger -w, or none.',
      },
    ]);
    expect(bufferFindings({ ...root, receiveBufferMaxBytes: undefined }, udp)).toEqual([]);
  });
});

describe('frequency governors', () => {
  const governors = new Map([
    [0, 'powersave'],
    [1, 'performance'],
    [2, 'powersave'],
    [3, 'performance'],
  ]);

  it('are a warning on the cores that are measured', () => {
    expect(governorFindings({ ...QUIET, governors })).toMatchObject([
      { message: expect.stringMatching(/of core 0,2 is powersave/), remedy: expect.stringContaining('--cpu 0,2') },
    ]);
    expect(governorFindings({ ...QUIET, governors }, { ...TEST, pin: { client: [1], server: [3] } })).toEqual([]);
    expect(governorFindings(QUIET)).toEqual([]);
  });
});

describe('cores', () => {
  const oneBusy = { ...QUIET, busyCores: [{ core: 1, percent: 100 }], busyThreads: [PMD] };

  it('on which a thread polls are told with its name, and which are free', () => {
    expect(coreFindings(oneBusy, TEST)).toEqual([
      {
        severity: 'warning',
        code: 'CORE_POLLED',
        message:
          'ovs-vswitchd (pid 77, thread pmd-c01/id:9) takes 100 % of core 1, where the server is to run: both will be slower',
        remedy: 'Stay off it: --pin 0:2.',
      },
    ]);
    expect(coreFindings(oneBusy, { ...TEST, pin: { client: [0], server: [2] } })).toEqual([]);
  });

  it('that are all busy are one warning with everybody', () => {
    const busyCores = [0, 1, 2, 3].map((core) => ({ core, percent: 90 }));
    expect(coreFindings({ ...QUIET, busyCores, busyThreads: [PMD] }, TEST)).toMatchObject([
      {
        code: 'CORES_FULL',
        message: expect.stringMatching(/\(core 0 90 %, .*core 3 90 %; ovs-vswitchd \(pid 77, thread .*\) 100 %\)/),
      },
    ]);
  });

  it('of which one is free would be shared by ends that are not pinned', () => {
    const busyCores = [1, 2, 3].map((core) => ({ core, percent: 90 }));
    expect(pinFindings({ ...QUIET, busyCores })).toMatchObject([{ severity: 'warning', code: 'CORE_SHARED' }]);
    expect(pinFindings({ ...QUIET, busyCores }, TEST)).toEqual([]);
  });

  it('are read from two moments of /proc/stat', () => {
    const at = (busy: number, idle: number) =>
      readCoreTicks(`cpu  1 2 3\ncpu0 ${busy} 0 0 ${idle} 0 0 0 0 0 0\nintr 5\n`);
    expect(busyPercent(at(100, 100), at(107, 103))).toEqual([{ core: 0, percent: 70 }]);
    expect(busyPercent(at(1, 1), at(1, 1))).toEqual([]);
  });

  it('have threads whose names may hold anything', () => {
    const fields = ['R', ...Array.from({ length: 50 }, (_, index) => `${index}`)];
    // utime, stime and processor are the 14th, 15th and 39th field, R is the third.
    expect(parseStat(`12 (a) b (c) ${fields.join(' ')}`)).toEqual({ name: 'a) b (c', ticks: 10 + 11, core: 35 });
    expect(parseStat(undefined)).toBeUndefined();
  });
});

describe('an engine', () => {
  const prefix = { first: 0xc6120a00, last: 0xc6120aff, lengthBits: 24 };
  const engine = { label: 'docker', chains: ['nat/DOCKER', 'filter/DOCKER'], holders: [] };

  it('without its chains is an error', () => {
    expect(engineFindings(engine, 'error')).toEqual([]);
    expect(engineFindings({ ...engine, chains: ['nat/PREROUTING', 'filter/DOCKER'] }, 'error')).toMatchObject([
      { severity: 'error', code: 'ERR_DOCKER_CHAIN', message: expect.stringContaining("iptables' table nat is gone") },
    ]);
    expect(engineFindings({ ...engine, chains: undefined }, 'error')).toEqual([]);
  });

  it('has part of the benchmark range for itself', () => {
    const holders = [
      { prefix, holder: 'a route by docker0 where the engine is' },
      { prefix, holder: 'the network bridge of the engine' },
    ];
    expect(engineFindings({ ...engine, holders }, 'error')).toMatchObject([
      { severity: 'note', message: expect.stringContaining('198.18.10.0/24 (the network bridge of the engine)') },
    ]);
  });
});
