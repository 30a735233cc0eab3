import { defineConfig } from 'vitest/config';

/** Moves traffic, makes namespaces, starts real peers: one file at a time. */
const onTheMachine = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  fileParallelism: false,
  // Its own default, a second, is not enough for a process to start on a machine that is busy.
  expect: { poll: { timeout: 10_000 } },
};

/**
 * `unit` needs no privileges and runs in seconds. `system` may run beside another process of the tests, each in a room
 * of its own (test/in-room). `package` tries the installed package and asks the registry, so it needs the machine's own
 * network. `measured` tells how fast or how exact something is and wants the machine to itself: two measurements at
 * once would measure each other.
 */
export default defineConfig({
  test: {
    // Several processes would write to it at once.
    cache: false,
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 10_000 } },
      { test: { name: 'system', include: ['test/system/**/*.test.ts'], ...onTheMachine } },
      { test: { name: 'package', include: ['test/package/**/*.test.ts'], ...onTheMachine } },
      { test: { name: 'measured', include: ['test/measured/**/*.test.ts'], ...onTheMachine } },
    ],
  },
});
