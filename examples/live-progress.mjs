// Figures as they come: a loop over the test is a loop over its intervals.
//
//   node live-progress.mjs
import { buildTopology, runAcross } from 'vnetperf';

const network = await buildTopology('bridge');
try {
  const test = runAcross(network, {
    settings: { durationSeconds: 2 },
    intervalSeconds: 0.5,
    pin: 'auto',
  });
  // What would be wrong to leave unsaid, for example that another program is on these cores.
  test.on('warning', (message) => console.error(`warning: ${message}`));

  for await (const interval of test) {
    const bytes = interval.streams.reduce((sum, stream) => sum + stream.bytes, 0);
    const gigabits = (8 * bytes) / (interval.endSeconds - interval.startSeconds) / 1e9;
    console.log(`${interval.endSeconds.toFixed(1)} s  ${gigabits.toFixed(1).padStart(5)} Gbit/s`);
  }

  // The same object is a promise of the result, whoever looked at the intervals.
  const { bitsPerSecond, pin } = await test;
  console.log(`${(bitsPerSecond / 1e9).toFixed(1)} Gbit/s from core ${pin.client} to core ${pin.server}: ${pin.why}`);
} finally {
  await network.close();
}
