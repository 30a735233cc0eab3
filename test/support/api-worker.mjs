/**
 * A worker thread that embeds vnetperf. Its data is { library, namespace, role }: it serves and runs a test within
 * itself ("both"), or runs a test of a network of its own that is never over ("endless"), and posts what came of it.
 */
import process from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';

const { buildTopology, runAcross, runTest, startServer } = await import(workerData.library);

if (workerData.role === 'both') {
  const namespace = { fd: workerData.namespace };
  const server = await startServer({ port: 0 }, { namespace });
  const ended = new Promise((resolve) => server.on('test-end', resolve));
  const settings = { durationSeconds: 1, parallel: 2 };
  const { end, measurement } = await runTest({ host: '127.0.0.1', port: server.port, settings }, { namespace });
  const served = await ended;
  await server.close();
  parentPort.postMessage({
    sent: end.streams.reduce((sum, { local }) => sum + local.bytes, 0),
    received: served.streams.reduce((sum, { local }) => sum + local.bytes, 0),
    bitsPerSecond: measurement.bitsPerSecond,
    listeners: process.eventNames().length,
  });
} else {
  const network = await buildTopology('veth');
  const test = runAcross(network, { settings: { durationSeconds: 0 } });
  test.once('interval', () => parentPort.postMessage('running'));
  await test;
}
