// A test inside a program of yours: a server and a client in one process, over loopback.
//
//   node embed-a-test.mjs
import { runTest, startServer, VnetperfError } from 'vnetperf';

// Port 0 is a free one. In TypeScript, and from Node 24 on: await using server = await startServer({ port: 0 });
const server = await startServer({ port: 0 });
try {
  const result = await runTest(
    { host: '127.0.0.1', port: server.port, settings: { durationSeconds: 1, parallel: 2 } },
    // Whoever waits may lose patience; a test that is aborted rejects with ERR_INTERRUPTED.
    { signal: AbortSignal.timeout(10_000) },
  );
  console.log(`${(result.bitsPerSecond / 1e9).toFixed(1)} Gbit/s in ${result.durationSeconds.toFixed(1)} s`);
  // This side counted what it sent, and was told what arrived: the end of the test finds some bytes on their way.
  for (const { stream, local, remote } of result.end.streams) {
    console.log(`stream ${stream.id}: ${local.bytes} bytes sent, ${remote.bytes} received`);
  }
} catch (error) {
  if (!(error instanceof VnetperfError)) throw error;
  // The message says what happened, the remedy what to do about it; the code is for programs.
  console.error(`${error.code}: ${error.message}`, error.remedy ?? '');
  process.exitCode = 1;
} finally {
  await server.close();
}
