import { withBusyCores } from '../platform/busy-cores.js';
import { readMachine } from '../platform/cpu-topology.js';
import { placeEnds } from '../platform/place-ends.js';
import { cpuTableLines } from '../report/cpu-table.js';
import { parseCpusArguments } from './cpus-arguments.js';
import { programName } from './usage-error.js';

const WINDOW_MS = 300;

const helpText = `Usage: ${programName} cpus [options]

Shows the cores of this machine as --pin auto sees them: which share a physical core (SMT), a cache or a
NUMA node, which this process may use, how busy they are now, and where network interrupts land; then what
--pin auto would choose, and why. Needs no root.

Options:
  -P, --parallel N            for a test of N streams (1)
  -J, --json                  as JSON
  -h, --help                  this text`;

/**
 * `vnetperf cpus`
 * @returns the exit status.
 */
export async function cpusCommandLine(argv: readonly string[]): Promise<number> {
  const asked = parseCpusArguments(argv);
  if (asked.show === 'help') {
    process.stdout.write(`${helpText}\n`);
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
