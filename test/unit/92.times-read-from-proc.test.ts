import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isListening } from '../../lib/compare/peer/listening.js';
import { coreDifference, readCoreSeconds } from '../../lib/platform/core-seconds.js';
import { readProcessSeconds } from '../../lib/platform/process-seconds.js';

const STAT = `cpu  300 4 200 1000 50 6 70 8 5 0
cpu0 100 2 50 400 25 3 30 4 5 0
cpu2 200 2 150 600 25 3 40 4 0 0
intr 12345
`;

describe('the time of each core', () => {
  it('is in seconds, nice with user and waiting for disks with idle', () => {
    expect(readCoreSeconds(STAT)).toEqual([
      { user: 1.02, system: 0.5, irq: 0.03, softirq: 0.3, steal: 0.04, idle: 4.25 },
      null,
      { user: 2.02, system: 1.5, irq: 0.03, softirq: 0.4, steal: 0.04, idle: 6.25 },
    ]);
  });

  it('of this machine goes on', () => {
    const before = readCoreSeconds();
    const end = performance.now() + 100;
    while (performance.now() < end);
    const passed = coreDifference(before, readCoreSeconds()).flatMap((core) => (core === null ? [] : [core]));
    expect(passed.length).toBeGreaterThan(0);
    const used = passed.reduce((sum, { user, system, irq, softirq }) => sum + user + system + irq + softirq, 0);
    expect(used).toBeGreaterThanOrEqual(0.04);
  });

  it('is not told of one that was offline', () => {
    const [first = null, second = null, third = null] = readCoreSeconds(STAT);
    expect(coreDifference([first, null], [first, second, third])).toEqual([
      { user: 0, system: 0, irq: 0, softirq: 0, steal: 0, idle: 0 },
      null,
      null,
    ]);
  });
});

describe('the time of a process', () => {
  it('is its own, and that of each thread', () => {
    const { user, system } = process.cpuUsage();
    const { cpuSeconds, threads } = readProcessSeconds(process.pid)!;
    expect(Math.abs(cpuSeconds - (user + system) / 1e6)).toBeLessThan(0.1);
    const sum = threads.reduce((seconds, thread) => seconds + thread.cpuSeconds, 0);
    expect(sum).toBeLessThanOrEqual(cpuSeconds + 0.1);
    expect(threads.some(({ id }) => id === process.pid)).toBe(true);
  });

  it('that has ended is not known', () => {
    expect(readProcessSeconds(2 ** 30)).toBeNull();
  });
});

describe('whether a process listens', () => {
  it('is told by its own socket', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(isListening(process.pid, port)).toBe(true);
    // In the same network, and not its socket.
    expect(isListening(process.ppid, port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(isListening(process.pid, port)).toBe(false);
    expect(isListening(2 ** 30, port)).toBe(false);
  });
});
