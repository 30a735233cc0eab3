// npm run bench: vnetperf against other programs with the same flags, and against bare C loops with the same system
// calls. Ratios are within blocks, in which the programs of a row run in turn: what is compared met the same noise. An
// absolute figure proves nothing on a machine that others use too.

import { saveResult } from '../build-modules/compare/result-file/result-file.js';
import { readEnvironment } from '../build-modules/platform/environment.js';
import { packageVersion } from '../build-modules/platform/package-version.js';
import { compareRow, joined } from './compare-row.mjs';
import { congestionControl } from './congestion.mjs';
import { clientResidentBytes, idleServerTicks } from './footprint.mjs';
import { benchOptions } from './options.mjs';
import { helpOf, programsFor } from './programs.mjs';
import { rowsOf } from './rows.mjs';
import { rowLines } from './table.mjs';

try {
  const settings = benchOptions(process.argv.slice(2));
  if (settings !== undefined) await bench(settings);
} catch (error) {
  console.error(`bench: ${error.message}${error.remedy === undefined ? '' : ` ${error.remedy}`}`);
  process.exitCode = 1;
}

async function bench(settings) {
  const rows = rowsOf(settings, await helpOf(settings.iperf3));
  if (rows.length === 0) throw new Error(`no row has '${settings.only}' in its name`);
  const needed = new Set(rows.flatMap((row) => Object.keys(row.programs)));
  const { programs, versions } = await programsFor(needed, settings);
  const congestion = await congestionControl();
  const environment = await readEnvironment();
  Object.assign(environment.versions, versions);
  const { cores, blocks, seconds, seed } = settings;
  const remarks = [
    `${blocks} blocks of ${seconds} s each after one to warm up, seed ${seed}; client on core ${cores.client}, server on core ${cores.server}`,
    congestion.words,
  ];
  for (const line of [...environmentLines(environment, Object.values(versions)), ...remarks]) console.log(line);
  console.log(
    "calls, bytes per call, CPU and its user share: client / server; vnetperf's and the limit's threads, others' processes\n",
  );

  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort(new Error('interrupted')));
  const results = [];
  const save = async (state) => {
    if (settings.output === undefined || results.length === 0) return;
    await saveResult(settings.output, joined(results, { settings, remarks, state }));
  };
  for (const [index, row] of rows.entries()) {
    const result = await compareRow(row, {
      programs,
      settings,
      environment,
      congestion,
      // What a program differs from itself by is no difference.
      again: index === 0 && blocks > 1,
      signal: interruption.signal,
      onProgress: (event) => {
        if (event.type === 'run-started' && process.stderr.isTTY) {
          process.stderr.write(`\r\x1b[Krow ${index + 1} of ${rows.length}: ${event.cell.name}, block ${event.block}`);
        }
      },
    });
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    results.push(result);
    for (const line of rowLines(row, result)) console.log(line);
    await save(interruption.signal.aborted ? 'interrupted' : 'running');
    if (interruption.signal.aborted) throw new Error('interrupted');
  }
  await save('complete');
  if (!settings.footprint) return;
  console.log(`idle server: ${await idleServerTicks(3)} CPU ticks in 3 s`);
  console.log(`client process: ${((await clientResidentBytes()) / 2 ** 20).toFixed(1)} MiB resident at most`);
}

/** What a figure depends on beside the code. */
function environmentLines({ kernel, node, processor }, versions) {
  return [
    [`vnetperf ${packageVersion()}`, ...versions].join(' / '),
    `Linux ${kernel}, ${processor.cores} cores of ${processor.model ?? 'an unnamed model'}, Node ${node}`,
  ];
}
