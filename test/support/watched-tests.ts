import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect } from 'vitest';
import { leftBehind, type MachineState, machineState, processesMarked, remaining } from './machine-state.js';

/**
 * Each test of the file or the `describe` where this is called fails that leaves a process, a link or a named
 * namespace. What the tests start must inherit their environment, which is marked.
 *
 * @returns Lists the process ids of whatever the test has started and still runs.
 */
export function watchedTests(): () => number[] {
  let marker: string;
  let before: MachineState;
  const started = () => processesMarked(marker).filter((pid) => pid !== process.pid);

  beforeEach(() => {
    marker = randomUUID();
    process.env.VNETPERF_TEST_MARKER = marker;
    before = machineState();
  });
  afterEach(async () => {
    delete process.env.VNETPERF_TEST_MARKER;
    expect(await remaining(started)).toEqual([]);
    expect(leftBehind(before)).toEqual([]);
  });
  return started;
}
