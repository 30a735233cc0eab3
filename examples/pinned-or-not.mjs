// What pinning is worth on this machine: the same test with the threads where the scheduler puts them, and pinned.
//
//   node pinned-or-not.mjs
import { runComparison } from 'vnetperf';

const measured = { kind: 'bridge', settings: { bytes: 200e6 } };
const comparison = runComparison({
  tests: [
    { ...measured, name: 'unpinned' },
    { ...measured, name: 'pinned', pin: { client: [0], server: [1] } },
  ],
  // Four are the least that can give a verdict; more make it finer.
  blocks: 4,
});

for await (const event of comparison) {
  if (event.type !== 'run-ended' || event.run.outcome !== 'measured') continue;
  const { bitsPerSecond, streams } = event.run.measurement;
  const cores = streams.map(({ end, bytesByCore }) => `${end} on ${bytesByCore.map(({ core }) => core).join(' and ')}`);
  const figures = `${(bitsPerSecond / 1e9).toFixed(1).padStart(5)} Gbit/s  ${cores.join(', ')}`;
  console.log(`${event.index}/${event.total}  ${event.cell.name.padEnd(14)} ${figures}`);
}

const { analysis } = await comparison;
// Sentences in words, as `vnetperf compare` prints them; `contrasts` has the same as figures.
for (const sentence of analysis.sentences) console.log(sentence);
