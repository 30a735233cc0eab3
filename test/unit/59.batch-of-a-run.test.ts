import { describe, expect, it } from 'vitest';
import { defaultSettings, type TestSettings } from '../../lib/configuration/settings.js';
import { choosePaths } from '../../lib/traffic/choose-paths.js';
import type { DataStream } from '../../lib/traffic/client-streams.js';
import { runSpecification } from '../../lib/traffic/run-specification.js';
import { ATest } from '../support/a-test.js';

const MOST_BYTES = 256 * 1024 * 1024;

function batches(asked: Partial<TestSettings>): number[] {
  const test = new ATest('server', { protocol: 'udp', lengthBytes: 1460, ...asked });
  const settings = { ...defaultSettings(), protocol: 'udp' as const, lengthBytes: 1460, ...asked };
  const streams = test.streams.map((identity) => ({ identity, socket: 3 }) as unknown as DataStream);
  const configuration = { cores: [], intervalSeconds: 1 } as unknown as Parameters<typeof runSpecification>[2];
  const paths = choosePaths(settings, undefined);
  return runSpecification('server', settings, configuration, streams, paths, []).streams.map(({ batch }) => batch);
}

describe('the batch of a stream', () => {
  it('is what was asked for, or left to the engine', () => {
    expect(batches({})).toEqual([0]);
    expect(batches({ batch: 1024 })).toEqual([1024]);
    expect(batches({ batch: 1024, parallel: 128 })).toHaveLength(128);
    expect(batches({ batch: 1024, parallel: 128 })[0]).toBe(1024);
    expect(batches({ batch: 1, lengthBytes: 65_507, parallel: 128 })[0]).toBe(1);
    expect(batches({ protocol: 'tcp', batch: 8 })).toEqual([0]);
  });

  it.each<[string, Partial<TestSettings>, number]>([
    ['large datagrams', { lengthBytes: 65_507 }, 65_507],
    ['both directions', { lengthBytes: 65_507, direction: 'bidirectional' }, 65_507],
    // A message is as large as they are together, however small each of them is.
    ['segmented datagrams', { lengthBytes: 100, gso: true }, 65_507],
    ['coalesced datagrams', { lengthBytes: 100, gro: true }, 65_536],
  ])('of many streams with %s is one whose memory stays within bounds', (_, asked, messageBytes) => {
    const all = batches({ ...asked, batch: 1024, parallel: 128 });
    expect(Math.min(...all)).toBeGreaterThan(1);
    expect(all.reduce((sum, batch) => sum + batch, 0) * messageBytes).toBeLessThanOrEqual(MOST_BYTES);
  });
});
