import { MachineWatch } from '../topology/diagnosis/machine-facts.js';
import type { Network } from '../topology/network.js';

/** Later, what was busy while the network was built says nothing of the machine. */
const FRESH_MS = 10_000;

const watches = new WeakMap<Network, { watch: MachineWatch; startMs: number }>();

/** Looks at the machine while a network is being built: a test that follows need not wait for that. */
export async function watchedMachine<Some extends Network>(build: () => Promise<Some>): Promise<Some> {
  const watch = new MachineWatch();
  const startMs = performance.now();
  const network = await build();
  watches.set(network, { watch, startMs });
  return network;
}

/** What was begun with the network, for its first test; a new one for any other. */
export function machineWatchFor(network: Network): MachineWatch {
  const begun = watches.get(network);
  watches.delete(network);
  return begun !== undefined && performance.now() - begun.startMs < FRESH_MS ? begun.watch : new MachineWatch();
}
