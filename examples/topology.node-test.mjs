// A network of its own for a test suite, with node:test: a program of yours at one end, checks at the other.
//
//   node --test topology.node-test.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { buildTopology, runAcross } from 'vnetperf';

let network;
// Built once for the file. It would go with this process too, also by SIGKILL.
before(async () => {
  network = await buildTopology('routed', { mtuBytes: 1400 });
});
after(() => network?.close());

test('the client reaches the server through the router', async () => {
  const { stdout } = await network.client.run(['ip', 'route', 'get', network.server.ipv4]);
  assert.match(stdout, /^\S+ via \S+ dev client0/);
});

test('packets are no larger than the network was built for', () => {
  assert.equal(network.path.pathMtuBytes, 1400);
});

test('it carries a gigabyte without loss of a byte', async () => {
  const { end } = await runAcross(network, { settings: { bytes: 1e9 } });
  const [stream] = end.streams;
  assert.equal(stream.local.bytes, 1e9);
  assert.equal(stream.remote.bytes, 1e9);
});
