/**
 * The command as it is, with its memory looked at while it runs:
 *
 *     MEMORY_FILE=PATH node --expose-gc --import ./memory-over-time.mjs main.js ARGUMENTS
 *
 * Twice a second everything that nobody refers to is collected, so that what is left is what is kept. At the end the
 * readings stand in the file, as JSON: seconds since the start, bytes of the heap in use, bytes of memory resident.
 */
import { writeFileSync } from 'node:fs';

const readings = [];

function read() {
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  readings.push({ seconds: performance.now() / 1000, heapBytes: heapUsed, residentBytes: rss });
}

setInterval(read, 500).unref();
process.on('exit', () => writeFileSync(process.env.MEMORY_FILE, JSON.stringify(readings)));
