import { describe, expect, it } from 'vitest';
import { measurementOf } from '../../lib/compare/measuring/measurement-of.js';
import { runTableLines } from '../../lib/report/run-table.js';
import type { EndRecord } from '../../lib/traffic/events.js';
import { ATest } from '../support/a-test.js';
import { core, facts, streamFacts } from '../support/run-facts.js';

type Told = Parameters<typeof facts>[0];

function limitLines(end: EndRecord): string[] {
  const run = { end, serverEnd: undefined, intervals: [], serverIntervals: [], costs: [], costsLeftOut: 0 };
  return runTableLines(run, measurementOf(run, { warnings: [] })).filter((line) => line.startsWith('limited by: '));
}

function told(change: Told, settings: ConstructorParameters<typeof ATest>[1] = {}): string[] {
  return limitLines(new ATest('client', settings).end({ facts: facts(change) }));
}

/** With the sender's TCP_INFO, without which the kernel's clocks say nothing. */
function withTcp(change: Told): string[] {
  const end = new ATest('client').end({ facts: facts(change) });
  const tcp = {
    reorderSeen: 0,
    maxCongestionWindowBytes: 1_000_000,
    maxSendWindowBytes: 1,
    maxRttMicroseconds: 9,
    minRttMicroseconds: 9,
    meanRttMicroseconds: 9,
  };
  return limitLines({ ...end, streams: end.streams.map((stream) => ({ ...stream, tcp })) });
}

describe('what limited a run', () => {
  const held = { busySeconds: 1, receiveWindowLimitedSeconds: 0.41, sendBufferLimitedSeconds: 0 };
  const shut = { ...streamFacts('sender', [[0, 1000]]), tcpLimits: held };

  it('stands below its table where no mark there says it', () => {
    expect(withTcp({ client: [shut] })).toEqual(['limited by: receive window, 41 % of the time']);
    expect(told({}, { rateBitsPerSecond: 8_388_608 })).toEqual(['limited by: the asked rate of 8.39 Mbit/s']);
    expect(told({}, { fqRateBitsPerSecond: 8_388_608 })).toEqual(['limited by: pacing at the asked 8.39 Mbit/s']);
  });

  it('is all of it, in order, where a mark says a part', () => {
    expect(withTcp({ client: [shut], cores: [core(0, { system: 99 })] })).toEqual([
      'limited by: core 0 saturated (99 % system); receive window, 41 % of the time',
    ]);
  });

  it('is not said twice', () => {
    const paced = [{ ...streamFacts('sender', [[0, 1]]), paced: true, congestion: 'bbr' }];
    const carriers = [{ name: 'ovs-vswitchd', pid: 1, cpuPercent: 99, busiestThread: { name: 'x', cpuPercent: 99 } }];
    expect(told({ cores: [core(0, { system: 99 })] })).toEqual([]);
    expect(told({ client: paced })).toEqual([]);
    expect(told({ carriers })).toEqual([]);
  });

  it('is a window, and no pacing beside it, where that was shut for most of the time', () => {
    const client = [
      { ...shut, paced: true, congestion: 'bbr', tcpLimits: { ...held, receiveWindowLimitedSeconds: 0.6 } },
    ];
    expect(withTcp({ client })).toEqual(['limited by: receive window, 60 % of the time']);
  });
});
