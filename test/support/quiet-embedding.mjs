/**
 * A program that embeds vnetperf and does with it whatever there is, well and in vain. Run with
 *
 *     node quiet-embedding.mjs LIBRARY
 *
 * it writes nothing itself; over IPC it sends what is another of its process afterwards, which should be nothing.
 */
import process from 'node:process';

const { between, buildTopology, formatResult, runAcross, runComparison, runTest, startServer } = await import(
  process.argv[2]
);

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE', 'SIGUSR1', 'SIGUSR2', 'SIGCHLD'];
const EVENTS = [...SIGNALS, 'exit', 'beforeExit', 'uncaughtException', 'unhandledRejection', 'warning'];

function stateOfProcess() {
  return {
    listeners: Object.fromEntries(EVENTS.map((name) => [name, process.listenerCount(name)])),
    cwd: process.cwd(),
    umask: process.umask(),
    environment: { ...process.env },
    exitCode: process.exitCode,
    title: process.title,
    report: process.report.excludeNetwork,
  };
}

const before = stateOfProcess();
const settings = { durationSeconds: 1 };
const network = await buildTopology('veth');
const server = await startServer({ port: 0 }, { namespace: network.server.namespace });
const meanwhile = [];
const told = [];
const test = runTest(
  { host: network.server.ipv4, port: server.port, settings },
  { namespace: network.client.namespace },
);
test.on('interval', () => meanwhile.push(stateOfProcess()));
const result = await test;
for (const format of ['text', 'json', 'csv', 'markdown', 'html']) formatResult(result, format);
await server.close();
await runAcross(network, { settings: { ...settings, protocol: 'udp' }, latency: true });
const inVain = [
  () => runTest({ host: network.server.ipv4, port: 1 }, { namespace: network.client.namespace }),
  () => runTest({ host: '198.18.0.9' }, { signal: AbortSignal.timeout(200), namespace: network.client.namespace }),
  () => runAcross(network, { settings: { durationSeconds: 0 } }, { signal: AbortSignal.timeout(800) }),
  () => between('netns:there-is-none', 'host'),
  () => buildTopology('veth', { mtuBytes: 1 }),
];
for (const attempt of inVain) {
  try {
    await attempt();
    told.push('no error');
  } catch (error) {
    told.push(error.code);
  }
}
await network.close();
const comparison = runComparison(
  {
    tests: [
      { kind: 'veth', settings },
      { kind: 'veth', name: 'again', settings },
    ],
    blocks: 1,
    warmUpBlocks: 0,
  },
  { signal: AbortSignal.timeout(1_500) },
);
for await (const _ of comparison);
process.send({ before, meanwhile, after: stateOfProcess(), told });
process.disconnect();
