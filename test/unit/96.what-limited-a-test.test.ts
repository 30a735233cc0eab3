import { describe, expect, it } from 'vitest';
import { limitsOf } from '../../lib/compare/limits/limits.js';
import type { StreamMeasurement } from '../../lib/compare/measurement.js';
import { defaultSettings, type TestSettings } from '../../lib/configuration/settings.js';
import { BYTES, carrier, core, measured, receiver, SECONDS, stream } from '../support/limited-measurement.js';

type Figures = Parameters<typeof measured>[0];

function limits(change: Figures = {}, settings: Partial<TestSettings> = {}) {
  return limitsOf(measured(change), { ...defaultSettings(), ...settings });
}

function texts(change: Figures = {}, settings: Partial<TestSettings> = {}): string[] {
  return limits(change, settings).map(({ text }) => text);
}

const full = { user: 1, system: 66, softirq: 32 };
/** Workers that used what their cores show. */
const busySender = stream({ cpuPercent: 66 });

describe('a test that nothing in its figures held up', () => {
  it('is not said to be limited by anything', () => {
    expect(texts()).toEqual([]);
  });

  it('nor is one without figures', () => {
    expect(texts({ directions: [], streams: [], cores: [], durationSeconds: 0 })).toEqual([]);
  });
});

describe('a core', () => {
  it('without time left limits the test that used it, and its shares say what for', () => {
    expect(limits({ cores: [core(0, full), core(1)], streams: [busySender, receiver()] })).toEqual([
      {
        kind: 'core-saturated',
        text: 'core 0 saturated (66 % system, 32 % softirq)',
        evidence: {
          core: 0,
          busyPercent: 99,
          userPercent: 1,
          systemPercent: 66,
          irqPercent: 0,
          softirqPercent: 32,
          stealPercent: 0,
        },
      },
    ]);
  });

  it.each([
    [96.9, []],
    [97, ['core 0 saturated (97 % system)']],
  ])('at %d %% gives %j', (system, expected) => {
    expect(texts({ cores: [core(0, { system })], streams: [stream({ cpuPercent: system }), receiver()] })).toEqual(
      expected,
    );
  });

  it('that both ends share is said to be shared', () => {
    const streams = [
      stream({ cpuPercent: 50 }),
      receiver({ cpuPercent: 49, bytesByCore: [{ core: 0, bytes: BYTES }] }),
    ];
    expect(texts({ cores: [core(0, { system: 70, softirq: 29 })], streams })).toEqual([
      'core 0 saturated by both ends (70 % system, 29 % softirq)',
    ]);
  });

  it('where the kernel alone worked is its softirq', () => {
    expect(texts({ cores: [core(0, { system: 20 }), core(1, { system: 20 }), core(3, { softirq: 98.6 })] })).toEqual([
      'core 3 softirq (99 %)',
    ]);
  });

  it('shows what the hypervisor took', () => {
    const cores = [core(0, { system: 60, steal: 39.6 })];
    expect(texts({ cores, streams: [stream({ cpuPercent: 60 }), receiver()] })).toEqual([
      'core 0 saturated (60 % system, 40 % steal)',
    ]);
  });

  it('that other programs filled is not the doing of the test, and pacing is not blamed beside it', () => {
    const cores = [core(0, { user: 60, system: 40 }), core(1, { system: 20 })];
    const streams = [stream({ cpuPercent: 40, paced: true, congestion: 'bbr' }), receiver()];
    const [limit, ...others] = limits({ cores, streams });
    expect(others).toEqual([]);
    expect(limit?.text).toBe('core 0 full, 60 % of it other programs');
    expect(limit?.evidence.otherProgramsPercent).toBeCloseTo(60, 9);
  });

  it('that did nothing for the test is none of its limits', () => {
    expect(texts({ cores: [core(0, { system: 20 }), core(1, { system: 20 }), core(2, { user: 100 })] })).toEqual([]);
  });

  it('is one of several where several streams filled several', () => {
    const streams = [
      stream({ cpuPercent: 98 }),
      stream({ id: 3, cpuPercent: 99, bytesByCore: [{ core: 1, bytes: BYTES }] }),
      receiver({ bytesByCore: [{ core: 2, bytes: BYTES }] }),
      receiver({ id: 3, bytesByCore: [{ core: 2, bytes: BYTES }] }),
    ];
    const cores = [core(0, { system: 98 }), core(1, { system: 99 }), core(2, { system: 40 })];
    expect(texts({ cores, streams }, { parallel: 2 })).toEqual([
      'core 0 saturated (98 % system)',
      'core 1 saturated (99 % system)',
    ]);
  });
});

describe('a thread', () => {
  const spread = [
    { core: 0, bytes: BYTES / 2 },
    { core: 1, bytes: BYTES / 2 },
  ];
  const halfBusy = [core(0, { system: 60 }), core(1, { system: 60 })];

  it('that moved about and still had no time left is a limit, though none of its cores is', () => {
    const sender = stream({ cpuPercent: 99.4, migrations: 214, bytesByCore: spread });
    const [limit] = limits({ cores: halfBusy, streams: [sender, receiver()] });
    expect(limit).toMatchObject({
      kind: 'core-saturated',
      text: "client's sender thread at 99 % of a core",
      evidence: { stream: 1, migrations: 214 },
    });
    expect(limit?.evidence.threadPercent).toBeCloseTo(99.4, 9);
  });

  it('is named by its stream where there are several', () => {
    const streams = [
      stream({ bytesByCore: spread }),
      stream({ id: 3, cpuPercent: 98, migrations: 9, bytesByCore: spread }),
    ];
    expect(texts({ cores: halfBusy, streams })).toEqual(["client's sender thread of stream 3 at 98 % of a core"]);
  });

  it('counts over the whole run, as its clock does, the omit period included', () => {
    const sender = stream({ cpuPercent: 99, migrations: 5, bytesByCore: spread });
    expect(texts({ cores: halfBusy, streams: [sender, receiver()] }, { omitSeconds: 2 })).toEqual([]);
  });

  it('is not said again beside its own core', () => {
    const sender = stream({ cpuPercent: 99, migrations: 1, bytesByCore: [{ core: 0, bytes: BYTES }] });
    expect(texts({ cores: [core(0, { system: 99 })], streams: [sender, receiver()] })).toEqual([
      'core 0 saturated (99 % system)',
    ]);
  });
});

describe('what carries the traffic', () => {
  it('limits it where one thread has no time left', () => {
    expect(limits({ carriers: [carrier(99.6, { cpuPercent: 131 })] })).toEqual([
      {
        kind: 'carrier-thread',
        text: 'ovs-vswitchd, one thread at 100 %',
        evidence: { pid: 811, threads: 1, threadPercent: 99.6, processPercent: 131 },
      },
    ]);
  });

  it.each([
    ['has time left', carrier(96.9)],
    ['is busy with several threads', carrier(60, { cpuPercent: 180 })],
    ['polls, busy or not', carrier(100, { busiestThread: { name: 'pmd-c01/id:6', cpuPercent: 100 } })],
    ['cannot be seen', { name: 'ovs-vswitchd', pid: 811 }],
  ])('does not where it %s', (_, one) => {
    expect(texts({ carriers: [one] })).toEqual([]);
  });

  it('is told by its process where several have a name', () => {
    const proxies = [carrier(99, { name: 'docker-proxy', pid: 31 }), carrier(3, { name: 'docker-proxy', pid: 32 })];
    expect(texts({ carriers: proxies })).toEqual(['docker-proxy[31], one thread at 99 %']);
  });

  it('comes before the cores', () => {
    expect(
      texts({ carriers: [carrier(100)], cores: [core(0, full)], streams: [stream({ cpuPercent: 66 }), receiver()] }),
    ).toEqual(['ovs-vswitchd, one thread at 100 %', 'core 0 saturated (66 % system, 32 % softirq)']);
  });
});

describe('what was measured by another program', () => {
  it('is judged by what that program told', () => {
    const sender = stream({ bytesByCore: [], migrations: undefined, mssBytes: undefined, cpuPercent: 99 });
    const { busySeconds: _, ...tcp } = sender.tcp!;
    const foreign = receiver({ bytesByCore: [], migrations: undefined, cpu: undefined });
    expect(texts({ streams: [{ ...sender, tcp }, foreign], cores: [core(0, { system: 99 })] })).toEqual([
      "client's sender thread at 99 % of a core",
    ]);
  });

  it('is not limited by what it did not tell', () => {
    const bare: StreamMeasurement = { id: 1, end: 'client', role: 'sender', bytes: BYTES, bytesByCore: [] };
    expect(texts({ streams: [bare], cores: [core(0, { system: 50 })], durationSeconds: SECONDS })).toEqual([]);
  });
});
