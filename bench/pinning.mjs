// Pinned against unpinned, by the library calls that `vnetperf compare` is made of: on the machine as it is, and while
// other threads wake on all its cores, which is when pinning matters. The unpinned test runs twice in each block: what
// it differs from itself by is no difference.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { executeCell } from '../build-modules/compare/measuring/execute-cell.js';
import { saveResult } from '../build-modules/compare/result-file/result-file.js';
import { runComparison } from '../build-modules/compare/runner/run-comparison.js';
import { resolveClient } from '../build-modules/configuration/resolve-client.js';
import { readMachine } from '../build-modules/platform/cpu-topology.js';
import { readEnvironment } from '../build-modules/platform/environment.js';
import { placeEnds } from '../build-modules/platform/place-ends.js';
import { terminalTable } from '../build-modules/report/comparison/terminal-table.js';

const LOAD = fileURLToPath(new URL('waking-load.mjs', import.meta.url));
/** A load ends itself after this, should this process be unable to. */
const MOST_LOAD_SECONDS = 600;

const { values } = parseArgs({
  options: {
    kind: { type: 'string', default: 'bridge' },
    blocks: { type: 'string', default: '12' },
    seconds: { type: 'string', default: '2' },
    streams: { type: 'string', default: '1' },
    congestion: { type: 'string', default: 'cubic' },
    seed: { type: 'string', default: '1' },
    output: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(
    'node bench/pinning.mjs [--kind KIND] [--blocks N] [--seconds S] [--streams N] [--congestion NAME] [--seed N]',
  );
  console.log(
    '    --output PREFIX    keeps the results: PREFIX-idle.json and PREFIX-contended.json, for vnetperf report',
  );
  process.exit(0);
}

const environment = await readEnvironment();
console.log(`Linux ${environment.kernel}, ${environment.processor.cores} cores, Node ${environment.node}`);
const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort(new Error('interrupted')));

for (const contended of [false, true]) {
  if (interruption.signal.aborted) break;
  console.log(`\n${contended ? 'While other threads wake on all cores' : 'On the machine as it is'}:\n`);
  const load = contended ? await wakingLoad() : undefined;
  try {
    const result = await runComparison(specification(), {
      execute: executeCell,
      environment,
      signal: interruption.signal,
      onProgress: () => {
        if (load !== undefined && load.exitCode !== null) interruption.abort(new Error('the load ended first'));
      },
    });
    for (const line of [...terminalTable(result, undefined), '', ...(result.analysis?.sentences ?? [])])
      console.log(line);
    const failed = result.runs.find(({ outcome }) => outcome === 'failed');
    if (failed !== undefined) throw new Error(failed.failure.message);
    if (values.output !== undefined) {
      await saveResult(`${values.output}-${contended ? 'contended' : 'idle'}.json`, result);
    }
  } finally {
    load?.kill();
  }
}
if (interruption.signal.aborted) {
  console.error(`Stopped: ${interruption.signal.reason.message}`);
  process.exitCode = 1;
}

function specification() {
  const streams = Number(values.streams);
  const placement = placeEnds(readMachine(), { clientStreams: streams, serverStreams: streams });
  const words = ['-t', values.seconds, '-P', values.streams, '-C', values.congestion];
  const cell = (id, role, pin, cores, name = `${values.kind} pin=${pin}`) => ({
    id,
    name,
    role,
    levels: { topology: values.kind, pin },
    command: ['vnetperf', 'run', values.kind, ...words, '--pin', pin],
    remarks: pin === 'auto' ? [placement.why] : [],
    request: {
      topologyKind: values.kind,
      topologyOptions: {},
      configuration: resolveClient({
        host: '',
        intervalSeconds: 1,
        cores: cores.client,
        settings: { durationSeconds: Number(values.seconds), parallel: streams, congestion: values.congestion },
      }),
      pin: { client: cores.client, server: cores.server },
      latency: false,
    },
  });
  const free = { client: [], server: [] };
  return {
    seed: Number(values.seed),
    cells: [
      cell('off', 'baseline', 'off', free),
      cell('off-again', 'twin', 'off', free, `${values.kind} pin=off (A/A)`),
      cell('auto', 'cell', 'auto', placement),
    ],
    factors: [{ name: 'pin', levels: ['off', 'auto'] }],
    contrasts: [{ cell: 'auto', baseline: 'off' }],
    warmUpBlocks: 1,
    blocks: Number(values.blocks),
    secondsPerRun: Number(values.seconds),
    command: ['compare', values.kind, '--vary', 'pin=off,auto', ...words, '--seed', values.seed],
  };
}

async function wakingLoad() {
  const load = spawn(process.execPath, [LOAD, `${MOST_LOAD_SECONDS}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  await Promise.race([once(load.stdout, 'data'), once(load, 'exit')]);
  return load;
}
