// Reads /proc/stat again and again, and prints each reading with the time on CLOCK_MONOTONIC, in nanoseconds: a line of
// JSON when it is over. It stands in a process of its own, so that it shares no code and no thread with what it checks.
//
//   node outside-proc-stat.mjs SECONDS
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const EVERY_MS = 2;
const seconds = Math.min(Number(process.argv[2]), 30);
const pause = new Int32Array(new SharedArrayBuffer(4));
const buffer = Buffer.alloc(1 << 16);
const file = openSync('/proc/stat', 'r');
const end = process.hrtime.bigint() + BigInt(Math.round(seconds * 1e9));
const readings = [];
writeSync(1, 'reading\n');
for (;;) {
  const before = process.hrtime.bigint();
  const length = readSync(file, buffer, 0, buffer.length, 0);
  const after = process.hrtime.bigint();
  const lines = buffer.toString('latin1', 0, length).split('\n');
  // user nice system idle iowait irq softirq steal, in ticks.
  const cores = lines.filter((line) => /^cpu\d/.test(line)).map((line) => line.split(' ').slice(1, 9).map(Number));
  readings.push([((before + after) / 2n).toString(), cores]);
  if (after >= end) break;
  Atomics.wait(pause, 0, 0, EVERY_MS);
}
closeSync(file);
process.stdout.write(`${JSON.stringify(readings)}\n`);
