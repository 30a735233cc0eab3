// A hundred tests in a row in one process, servers included, through the public API; some are interrupted, and some find
// no server. After each ten, what the process holds then goes to standard output, as a line of JSON.
//
//     node --expose-gc a-hundred-tests.mjs INDEX.js
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const { runTest, startServer } = await import(pathToFileURL(process.argv[2]).href);

const KIBIBYTE = 1024;
const udp = { protocol: 'udp', lengthBytes: 1000, rateBitsPerSecond: 50e6, bytes: 50 * KIBIBYTE };
const tcp = { bytes: 1024 * KIBIBYTE };
const kinds = [
  tcp,
  { ...tcp, direction: 'reverse', parallel: 4 },
  { ...tcp, direction: 'bidirectional', getServerOutput: true },
  { ...tcp, congestion: 'reno', mssBytes: 1000, windowBytes: 100_000 },
  udp,
  { ...udp, direction: 'reverse', parallel: 4 },
  { ...udp, direction: 'bidirectional' },
];

const host = '127.0.0.1';
const freePort = await unusedPort();

for (let ten = 1; ten <= 10; ten++) {
  const one = await startServer({ port: 0, maxClients: 4 });
  const another = await startServer({ port: 0 });
  for (const settings of kinds) {
    const result = await runTest({ host, port: one.port, settings });
    if (result.end.streams.length === 0) throw new Error('a test without streams');
  }
  // Two at once, of which one is cut short.
  const cutting = new AbortController();
  const endless = runTest({ host, port: one.port, settings: { durationSeconds: 20, rateBitsPerSecond: 1e6 } }, cutting);
  await runTest({ host, port: one.port, settings: udp });
  await runTest({ host, port: another.port, settings: tcp });
  cutting.abort();
  await expectFailure(endless, 'ERR_INTERRUPTED');
  await expectFailure(runTest({ host, port: freePort, settings: tcp }));
  await one.close();
  await another[Symbol.asyncDispose]();
  // What is closed is let go of in the turns of the event loop that follow.
  await sleep(200);
  globalThis.gc();
  await sleep(50);
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  const holds = {
    tests: ten * (kinds.length + 3),
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    residentBytes: rss,
    heapBytes: heapUsed + external,
  };
  process.stdout.write(`${JSON.stringify(holds)}\n`);
}

async function expectFailure(test, code) {
  try {
    await test;
  } catch (error) {
    if (code !== undefined && error.code !== code) throw error;
    return;
  }
  throw new Error('a test that should have failed went well');
}

async function unusedPort() {
  const server = createServer().listen(0, host);
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
