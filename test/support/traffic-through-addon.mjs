// Traffic through the addon alone, in whatever loads it: `PROGRAM traffic-through-addon.mjs ADDON` prints what came of it
// as JSON. The network namespace's loopback carries it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const host = '127.0.0.1';
const { build, openSocket, PingPong, Run } = createRequire(import.meta.url)(process.argv[2]);

async function tcpPair() {
  const listener = openSocket({ protocol: 'tcp', family: 4, bind: { host, port: 0 }, listen: { backlog: 1 } });
  const client = openSocket({ protocol: 'tcp', family: 4, connect: { host, port: listener.localAddress().port } });
  await client.wait('writable');
  client.finishConnect();
  await listener.wait('readable');
  return { client, server: listener.accept() };
}

function udpPair() {
  // All datagrams of a test fit in, however late a busy machine lets the receiver go.
  const options = { minimumReceiveBufferBytes: 4 << 20 };
  const server = openSocket({ protocol: 'udp', family: 4, bind: { host, port: 0 }, options });
  const client = openSocket({ protocol: 'udp', family: 4, connect: { host, port: server.localAddress().port } });
  server.connectTo(client.localAddress());
  return { client, server };
}

const stream = (socket, changes) => ({
  socket,
  sending: true,
  protocol: 'tcp',
  lengthBytes: 131_072,
  rateBitsPerSecond: 0,
  burst: 1,
  sendPath: 'copy',
  receivePath: 'copy',
  cores: [],
  udpCounters64Bit: false,
  gsoSegments: 0,
  gro: false,
  batch: 0,
  repeatingPayload: false,
  fileDescriptor: -1,
  ...changes,
});

/** From the gate until all that was to be sent has arrived, or to the first worker that fails. */
async function play({ client, server }, sending, receiving, limits) {
  const streams = [stream(client, sending), stream(server, { ...receiving, sending: false })];
  const times = { omitSeconds: 0, durationSeconds: 5, endsOnTime: true, intervalSeconds: 0.1 };
  const specification = { streams, ...times, limitBytes: 0, endsOnLimit: false, ...limits };
  const { promise, resolve } = withResolvers();
  const run = new Run(specification, (event) => {
    if (event.type === 'worker-failed' || event.kind === 'end') resolve(event);
  });
  run.open();
  const due = specification.limitBlocks * streams[0].lengthBytes;
  const arrived = setInterval(() => run.progress().receivedBytes >= due && run.stop(), 5);
  const event = await promise;
  clearInterval(arrived);
  run.close();
  client.close();
  server.close();
  if (event.type === 'worker-failed') return { failed: event.syscall, code: event.code };
  const [{ bytes: sent, tcp }, { bytes: received }] = event.streams;
  return { reason: event.reason, sent, received, roundTripKnown: tcp && tcp.rttMicroseconds > 0 };
}

function withResolvers() {
  let resolve;
  const promise = new Promise((resolver) => {
    resolve = resolver;
  });
  return { promise, resolve };
}

async function roundTrips() {
  const pingPong = new PingPong({ ...udpPair(), clientCores: [], serverCores: [], payloadBytes: 64 });
  pingPong.start(0.005);
  await sleep(200);
  pingPong.stop();
  let result = null;
  for (let waits = 0; result === null && waits < 200; ++waits) {
    await sleep(10);
    result = pingPong.result();
  }
  pingPong.close();
  return { samples: result?.samples, lost: result?.lost, percentiles: result?.percentiles.length };
}

function refusal() {
  try {
    openSocket({ protocol: 'tcp', family: 4, bind: { host: '203.0.113.1', port: 1 } });
    return undefined;
  } catch ({ code, syscall }) {
    return { code, syscall };
  }
}

const mapped = readFileSync('/proc/self/maps', 'utf8').matchAll(/\/[^/\n]*\blibc\.[^/\n]*$/gm);
const blocks = { limitBlocks: 200 };
const said = {
  build,
  libraries: [...new Set([...mapped].map(([name]) => name.slice(1)))],
  refusal: refusal(),
  tcp: {},
};
for (const sendPath of ['copy', 'sendfile', 'splice', 'zerocopy']) {
  said.tcp[sendPath] = await play(await tcpPair(), { sendPath }, {}, blocks);
}
said.tcp.discard = await play(await tcpPair(), {}, { receivePath: 'discard' }, blocks);
said.pinned = await play(await tcpPair(), { cores: [0] }, { cores: [0] }, blocks);
said.noSuchCore = await play(await tcpPair(), { cores: [60_000] }, {}, blocks);
const datagrams = { protocol: 'udp', lengthBytes: 1000, rateBitsPerSecond: 20e6 };
said.udp = await play(udpPair(), datagrams, datagrams, { limitBlocks: 500 });
said.roundTrips = await roundTrips();
console.log(JSON.stringify(said));
process.exit(0);
