import { withBusyCores } from '../platform/busy-cores.js';
import { readMachine } from '../platform/cpu-topology.js';
import { placeEnds } from '../platform/place-ends.js';
import { cpuTableLines } from '../report/cpu-table.js';
import { parseCpusArguments } from './cpus-arguments.js';

const WINDOW_MS = 300;

/**
 * `vnetperf cpus`
 * @returns the exit status.
 */
export async function cpusCommandLine(argv: readonly string[]): Promise<number> {
  const asked = parseCpusArguments(argv);
  if (asked.show === 'help') {
    process.stdout.write(`${(await import('./help/help-text.js')).helpOn(['cpus'])}\n`);
    return 0;
  }
  const { streams, json } = asked;
  const machine = await withBusyCores(readMachine(), WINDOW_MS);
  const placement = placeEnds(machine, { clientStreams: streams, serverStreams: streams });
  const text = json
    ? JSON.stringify({ machine, placement: { streams, ...placement } }, undefined, 2)
    : cpuTableLines(machine, placement, streams).join('\n');
  process.stdout.write(`${text}\n`);
  return 0;
}
