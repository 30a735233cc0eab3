import { withBusyCores } from './busy-cores.js';
import { readMachine } from './cpu-topology.js';
import { type EndsToPlace, type Placement, placeEnds } from './place-ends.js';

/** Ticks of 10 ms: enough to tell a core that is half busy from one that woke up once. */
const WINDOW_MS = 200;

/** placeEnds for this machine as it is now; takes a fifth of a second where there is something to choose. */
export async function placeOnThisMachine(ends: EndsToPlace): Promise<Placement> {
  const machine = readMachine();
  const choice = machine.cores.filter(({ allowed }) => allowed).length > 2;
  return placeEnds(choice ? await withBusyCores(machine, WINDOW_MS) : machine, ends);
}
