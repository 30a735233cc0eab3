/**
 * A program that embeds vnetperf and then does something else: its event loop stands still for a while. Run with
 *
 *     node blocked-session.mjs LIBRARY '{"role", "blockAtMs", "blockForMs", "request"}'
 *
 * it serves or runs one test and prints its interval and end records as JSON.
 */
const [library, plan] = process.argv.slice(2);
const { runTest, startServer } = await import(library);
const { role, blockAtMs, blockForMs, request } = JSON.parse(plan);

const told = { blockedMs: 0, intervals: [], end: undefined };
function onEvent(event) {
  if (event.type === 'start') setTimeout(block, blockAtMs);
  if (event.type === 'interval') told.intervals.push(event);
  if (event.type === 'end') told.end = event;
}

function block() {
  const start = performance.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockForMs);
  told.blockedMs = performance.now() - start;
}

if (role === 'client') {
  await runTest(request).on('event', onEvent);
} else {
  const server = await startServer(request);
  server.on('event', ({ event }) => onEvent(event));
  await server.closed;
}
process.stdout.write(JSON.stringify(told));
