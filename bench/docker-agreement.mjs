// Whether `vnetperf run docker-bridge` says what `docker run` and iperf3 say inside the same engine. Each block has three
// tests in changing order: vnetperf's, iperf3's, and iperf3's once more. How far the two of iperf3 are apart is the noise
// of the day: nobody can show a smaller difference.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Iperf3InContainers } from './docker-iperf3.mjs';
import { environmentLines } from './environment.mjs';
import { collected, tools } from './measure.mjs';
import { privateEngine } from './private-engine.mjs';
import { interval, median } from './statistics.mjs';

const CONGESTION = 'reno';
const CASES = [[], ['-R'], ['-u', '-b', '200M', '-l', '1448']];

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '2' },
    iperf3: { type: 'string', default: 'iperf3' },
    'docker-host': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log('node bench/docker-agreement.mjs [--pairs N] [--seconds S] [--iperf3 PATH] [--docker-host URL]');
  console.log('Without --docker-host it starts an engine of its own.');
  process.exit(0);
}
const pairs = Number(values.pairs);
const seconds = Number(values.seconds);

const engine = values['docker-host'] === undefined ? await privateEngine() : { host: values['docker-host'] };
const byHand = new Iperf3InContainers(engine.host, values.iperf3);
let agree = true;
try {
  byHand.prepare();
  for (const line of await environmentLines(values.iperf3)) console.log(line);
  console.log(`${pairs} blocks of three tests of ${seconds} s; client on core 0, server on core 1; ${CONGESTION}\n`);
  console.log(
    'flags                  iperf3 Gbit/s  vnetperf Gbit/s  ratio  95 % interval   iperf3 again  95 % interval',
  );
  for (const flags of CASES) {
    const blocks = [];
    for (let block = 0; block < pairs + 1; block++) {
      const order = ['iperf3', 'vnetperf', 'again'];
      for (let turn = 0; turn < block % 3; turn++) order.push(order.shift());
      const got = {};
      for (const name of order) {
        got[name] = name === 'vnetperf' ? await vnetperf(flags) : await byHand.measure(seconds, flags, CONGESTION);
      }
      if (block > 0) blocks.push(got); // the first warms up
    }
    // Against the mean of the two: each of them has its share of the noise.
    const ratios = blocks.map((got) => (2 * got.vnetperf) / (got.iperf3 + got.again));
    const again = blocks.map((got) => got.again / got.iperf3);
    const [low, high] = interval(ratios);
    const [againLow, againHigh] = interval(again);
    const floor = Math.max(Math.abs(againLow - 1), Math.abs(againHigh - 1));
    const within = low <= 1 + floor && high >= 1 - floor;
    agree &&= within;
    console.log(
      [
        (flags.join(' ') || '(defaults)').padEnd(22),
        (median(blocks.flatMap((got) => [got.iperf3, got.again])) / 1e9).toFixed(3).padStart(13),
        (median(blocks.map((got) => got.vnetperf)) / 1e9).toFixed(3).padStart(16),
        median(ratios).toFixed(3).padStart(6),
        ` ${low.toFixed(3)} - ${high.toFixed(3)}`,
        `        ${median(again).toFixed(3)}`,
        `  ${againLow.toFixed(3)} - ${againHigh.toFixed(3)}`,
        within ? '' : '  <- apart by more than the noise',
      ].join(' '),
    );
  }
  byHand.remove();
} finally {
  await engine.close?.();
}
process.exitCode = agree ? 0 : 1;

async function vnetperf(flags) {
  const [program, ...words] = tools(values.iperf3).vnetperf;
  const network = ['run', 'docker-bridge', '--docker-host', engine.host, '--pin', '0:1'];
  const test = ['-t', `${seconds}`, '-J', '-i', '0', ...(flags.includes('-u') ? [] : ['-C', CONGESTION]), ...flags];
  const { end } = JSON.parse(await collected(spawn(program, [...words, ...network, ...test]), (seconds + 60) * 1000));
  return (end.sum_received ?? end.sum).bits_per_second;
}
