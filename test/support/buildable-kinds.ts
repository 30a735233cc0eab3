import { VnetperfError } from '../../lib/errors.js';
import { kinds, planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';

const LACKS = ['ERR_KERNEL_LACKS', 'ERR_KERNEL_MODULE'];

/** What becomes of a kind here: a kernel need not have all that a kernel can have. */
export interface KindsHere {
  buildable: string[];
  /** Planned, and refused by the kernel. */
  refused: string[];
  /** Known to be impossible before anything is made. */
  unplannable: string[];
}

/** Tries every kind that needs no container engine; those need one of the test's own. Throws what is no such lack. */
export async function kindsHere(): Promise<KindsHere> {
  const here: KindsHere = { buildable: [], refused: [], unplannable: [] };
  for (const { name, takes } of kinds.values()) {
    if (takes.includes('engineHost')) continue;
    const plan = await planTopology(name).catch(kernelLacks);
    if (plan === undefined) {
      here.unplannable.push(name);
      continue;
    }
    const lab = await Lab.build(plan, topologyKind(name)).catch(kernelLacks);
    await lab?.close();
    (lab === undefined ? here.refused : here.buildable).push(name);
  }
  return here;
}

function kernelLacks(error: unknown): undefined {
  if (error instanceof VnetperfError && LACKS.includes(error.code)) return undefined;
  throw error;
}
