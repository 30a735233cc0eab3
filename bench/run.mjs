// npm run bench: our rate over iperf3's with the same flags, from interleaved pairs in one run.
//
// A pair is iperf3, then vnetperf (or the other way round, in turn), each with a server and a client process of its
// own in the same two namespaces, pinned to the same cores. What counts is the median of the pairs' ratios: both of a
// pair met the same noise. An absolute figure proves nothing on a machine that others use too.
import { parseArgs } from 'node:util';
import { topology } from '../dist/index.js';
import { cases } from './cases.mjs';
import { environmentLines } from './environment.mjs';
import { clientResidentBytes, idleServerTicks } from './footprint.mjs';
import { measure, tools } from './measure.mjs';
import { interval, median } from './statistics.mjs';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '2' },
    iperf3: { type: 'string', default: 'iperf3' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log('npm run bench -- [--pairs N] [--seconds S] [--iperf3 PATH] [--only TEXT]');
  process.exit(0);
}
const pairs = Number(values.pairs);
const seconds = Number(values.seconds);
const peers = tools(values.iperf3);

for (const line of await environmentLines(values.iperf3)) console.log(line);
console.log(`${pairs} pairs of ${seconds} s each; client on core 0, server on core 1\n`);
console.log('network   flags                     iperf3 Gbit/s  vnetperf Gbit/s  ratio  95 % interval');

for (const kind of ['loopback', 'bridge']) {
  const network = await topology(kind);
  try {
    for (const { flags, congestion } of cases) {
      if (values.only !== '' && !`${kind} ${flags.join(' ')}`.includes(values.only)) continue;
      const rates = { iperf3: [], vnetperf: [] };
      const ratios = [];
      for (let pair = 0; pair < pairs + 1; pair++) {
        const order = pair % 2 === 0 ? ['iperf3', 'vnetperf'] : ['vnetperf', 'iperf3'];
        const got = {};
        for (const name of order) got[name] = await measure(peers[name], network, flags, seconds, congestion);
        if (pair === 0) continue; // warm-up
        for (const name of order) rates[name].push(got[name]);
        ratios.push(got.vnetperf / got.iperf3);
      }
      const [low, high] = interval(ratios);
      console.log(
        [
          kind.padEnd(9),
          (flags.join(' ') || '(defaults)').padEnd(25),
          (median(rates.iperf3) / 1e9).toFixed(2).padStart(13),
          (median(rates.vnetperf) / 1e9).toFixed(2).padStart(16),
          median(ratios).toFixed(3).padStart(6),
          ` ${low.toFixed(3)} - ${high.toFixed(3)}`,
        ].join(' '),
      );
    }
  } finally {
    await network.close();
  }
}

console.log(`\nidle server: ${await idleServerTicks(3)} CPU ticks in 3 s`);
const resident = await clientResidentBytes();
console.log(`client process: ${(resident / 2 ** 20).toFixed(1)} MiB resident at most`);
