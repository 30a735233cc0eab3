// What an ordinary machine does beside a measurement: threads that wake, work for a moment, and sleep again, all the
// time and on whichever core is free. They make the scheduler move those that work without a pause.
//
//   node waking-load.mjs SECONDS [THREADS]
//
// Says `waking` when all threads run. Ends after SECONDS, or when its standard input does: with whoever started it.
import { writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isMainThread, Worker } from 'node:worker_threads';

/** Together with its sleep: some 30 % of a core a thread. */
const SLEEP_MS = [0.5, 3];
const WORK_MS = [0.3, 1.2];
const MOST_SECONDS = 600;

if (isMainThread) {
  const seconds = Math.min(Number(process.argv[2]) || 1, MOST_SECONDS);
  const threads = Number(process.argv[3]) || 2 * availableParallelism();
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url)));
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('online', resolve))));
  setTimeout(() => process.exit(0), seconds * 1000);
  process.stdin.resume().on('end', () => process.exit(0));
  writeSync(1, 'waking\n');
} else {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const between = ([low, high]) => low + (high - low) * Math.random();
  for (;;) {
    Atomics.wait(pause, 0, 0, between(SLEEP_MS));
    const end = performance.now() + between(WORK_MS);
    while (performance.now() < end);
  }
}
