// What a start of the command takes by the wall clock, as installed from the tarball, beside what Node itself takes, and
// what building, verifying and removing a network takes in a process that has started. They run in turn, round after
// round, so that what drifts meanwhile touches all of them.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { median } from 'simple-statistics';
import { packAndInstall } from '../package/packed.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    kind: { type: 'string', default: 'veth' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log('node bench/start-up.mjs [--rounds N] [--kind KIND]    after npm run prebuilds');
  process.exit(0);
}

const packed = await packAndInstall();
// Node parses this file of certificates before its first line of anybody's code. It is a setting of the machine's and
// not what is measured here; where there is one, its price is shown by a start of Node with it.
const { NODE_EXTRA_CA_CERTS: certificates, ...environment } = process.env;
try {
  if (!packed.files.some((file) => file.startsWith('prebuilds/')))
    throw new Error('the tarball has no binaries; make them with: npm run prebuilds');
  const command = join(packed.root, 'dist', 'cli', 'main.js');
  const { buildTopology } = await import(join(packed.root, 'dist', 'index.js'));
  const { kind } = values;
  const measured = {
    'node -e 0': () => millisecondsOf(['-e', '0'], environment),
    'vnetperf --version': () => millisecondsOf([command, '--version'], environment),
    'vnetperf --help': () => millisecondsOf([command, '--help'], environment),
    [`vnetperf run ${kind} -t 1`]: () => millisecondsOf([command, 'run', kind, '-t', '1'], environment),
    [`${kind}, built to removed`]: () => millisecondsOfNetwork(buildTopology),
  };
  if (certificates !== undefined)
    measured['node -e 0, NODE_EXTRA_CA_CERTS'] = () => millisecondsOf(['-e', '0'], process.env);
  const names = Object.keys(measured);
  const milliseconds = Object.fromEntries(names.map((name) => [name, []]));
  // The first round warms up the caches of files.
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const name of names) {
      const took = await measured[name]();
      if (round > 0) milliseconds[name].push(took);
    }
  }
  const ofNode = median(milliseconds[names[0]]);
  console.log(
    `Node ${process.version}, ${values.rounds} rounds: median (least - most) of the wall clock, of Node's own`,
  );
  for (const name of names) {
    const taken = milliseconds[name];
    const figures = [median(taken), Math.min(...taken), Math.max(...taken)].map((ms) => ms.toFixed(0));
    const ratio = (median(taken) / ofNode).toFixed(2);
    console.log(`  ${name.padEnd(31)} ${figures[0].padStart(5)} ms  (${figures[1]} - ${figures[2]})  ${ratio}`);
  }
} finally {
  await packed.remove();
}

async function millisecondsOfNetwork(buildTopology) {
  const start = performance.now();
  const network = await buildTopology(values.kind);
  await network.close();
  return performance.now() - start;
}

function millisecondsOf(words, env) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env, timeout: 60_000 });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - start;
}
