import { defineConfig } from 'vitest/config';

/**
 * Two projects. `unit` needs no privileges and runs in seconds. `system` moves traffic, makes namespaces and starts
 * real peers, one file at a time: two measurements at once would measure each other.
 */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 10_000 } },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          // Its own default, a second, is not enough for a process to start on a machine that is busy.
          expect: { poll: { timeout: 10_000 } },
        },
      },
    ],
  },
});
