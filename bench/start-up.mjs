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
try {
  if (!packed.files.some((file) => file.startsWith('prebuilds/')))
    throw new Error('the tarball has no binaries; make them with: npm run prebuilds');
  const command = join(packed.root, 'dist', 'cli', 'main.js');
  const commands = {
    'node -e 0': ['-e', '0'],
    'vnetperf --version': [command, '--version'],
    'vnetperf --help': [command, '--help'],
    [`vnetperf run ${values.kind} -t 1`]: [command, 'run', values.kind, '-t', '1'],
  };
  const { buildTopology } = await import(join(packed.root, 'dist', 'index.js'));
  const inProcess = `${values.kind}, built to removed`;
  const names = [...Object.keys(commands), inProcess];
  const milliseconds = Object.fromEntries(names.map((name) => [name, []]));
  // The first round warms up the caches of files.
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const name of names) {
      const took = name === inProcess ? await millisecondsOfNetwork(buildTopology) : millisecondsOf(commands[name]);
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
    console.log(`  ${name.padEnd(24)} ${figures[0].padStart(5)} ms  (${figures[1]} - ${figures[2]})  ${ratio}`);
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

function millisecondsOf(words) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - start;
}
