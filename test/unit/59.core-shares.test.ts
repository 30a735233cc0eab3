import { describe, expect, it } from 'vitest';
import type { CoreSeconds } from '../../lib/platform/native.js';
import { corePercents } from '../../lib/traffic/facts.js';

const seconds = (used: Partial<CoreSeconds>): CoreSeconds => ({
  user: 0,
  system: 0,
  irq: 0,
  softirq: 0,
  steal: 0,
  idle: 0,
  ...used,
});

describe("a core's shares", () => {
  it('sum to 100, whatever the ticks came to', () => {
    const [core] = corePercents([seconds({ user: 0.31, system: 0.2, softirq: 0.1, idle: 0.41 })]);
    const { user, system, irq, softirq, steal, idle } = core!;
    expect(user + system + irq + softirq + steal + idle).toBeCloseTo(100, 9);
    expect(user).toBeCloseTo((100 * 0.31) / 1.02, 9);
  });

  it('are not told of a core watched for a tick or two: a busy one would look idle', () => {
    expect(corePercents([seconds({ idle: 0.01 }), null, seconds({ idle: 0.04 }), seconds({ system: 0.1 })])).toEqual([
      { core: 3, user: 0, system: 100, irq: 0, softirq: 0, steal: 0, idle: 0 },
    ]);
  });
});
