import { defineConfig } from 'vitest/config';

/**
 * Moves traffic, makes namespaces, starts real peers: one file at a time.
 *
 * @param groupOrder When it has its turn where several projects are asked for; those of one number would go together.
 */
const onTheMachine = (name: string, groupOrder: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    sequence: { groupOrder },
    // Its own default, a second, is not enough for a process to start on a machine that is busy.
    expect: { poll: { timeout: 10_000 } },
  },
});

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
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 } },
      onTheMachine('system', 1),
      onTheMachine('package', 2),
      onTheMachine('measured', 3),
    ],
  },
});
