// A network of its own for a test suite, with vitest and TypeScript.
//
//   npx vitest run --root vitest
import { expect, test } from 'vitest';
import { buildTopology, runAcross } from 'vnetperf';

test('a datagram rate that the network carries arrives whole', async () => {
  // Gone at the end of the block, whatever happens in it.
  await using network = await buildTopology('nat');
  const { directions } = await runAcross(network, {
    settings: { protocol: 'udp', rateBitsPerSecond: 50e6, durationSeconds: 1 },
  });
  const [forward] = directions;
  expect(forward?.bitsPerSecond).toBeGreaterThan(45e6);
});

test('two networks stand beside each other', async () => {
  await using wide = await buildTopology('veth', { mtuBytes: 9000 });
  await using narrow = await buildTopology('veth', { mtuBytes: 1280 });
  expect([wide.path.pathMtuBytes, narrow.path.pathMtuBytes]).toEqual([9000, 1280]);
});

test('what cannot be is an error with a code', async () => {
  await expect(buildTopology('veth', { mtuBytes: 10 })).rejects.toMatchObject({ code: 'ERR_MTU' });
});
