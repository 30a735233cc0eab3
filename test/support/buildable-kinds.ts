import { fileURLToPath } from 'node:url';
import { VnetperfError } from '../../lib/errors.js';
import { kinds, planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import { newLabIdentity } from '../../lib/topology/lab-identity.js';
import type { TopologyOptions } from '../../lib/topology/options.js';
import { DockerEngine } from './docker-engine.js';

/** Its plugins name nothing at random, so that two networks of it can be compared. */
const CNI_CONFIGURATION = fileURLToPath(new URL('cni-macvlan.conflist', import.meta.url));

const LACKS = ['ERR_KERNEL_LACKS', 'ERR_KERNEL_MODULE'];

/** What becomes of a kind here: a kernel need not have all that a kernel can have. */
export interface KindsHere {
  buildable: string[];
  /** Planned, and refused by the kernel. */
  refused: string[];
  /** Known to be impossible before anything is made. */
  unplannable: string[];
  /** Of the test's own, for the kinds that need one. undefined: there can be none here, and CI is not set. */
  engine: DockerEngine | undefined;
  /** What a kind is to be built with, and how that is typed. */
  options(kind: string): TopologyOptions;
  args(kind: string): string[];
}

/** Tries every kind. Whoever asks disposes of the engine. Throws what is no lack of the kernel's. */
export async function kindsHere(): Promise<KindsHere> {
  const engine = DockerEngine.expected ? await DockerEngine.start() : undefined;
  const needsEngine = (kind: string) => topologyKind(kind).takes.includes('engineHost');
  const here: KindsHere = {
    buildable: [],
    refused: [],
    unplannable: [],
    engine,
    options: (kind) => {
      if (kind === 'cni') return { cniConf: CNI_CONFIGURATION };
      return needsEngine(kind) ? { engineHost: engine?.host } : {};
    },
    args: (kind) => {
      if (kind === 'cni') return ['--conf', CNI_CONFIGURATION];
      return needsEngine(kind) ? ['--docker-host', engine!.host] : [];
    },
  };
  for (const name of kinds.keys()) {
    if (needsEngine(name)) {
      if (engine !== undefined) here.buildable.push(name);
      continue;
    }
    // Marks of its own: what is made outside namespaces must not be taken for another test's.
    const identity = newLabIdentity();
    const plan = await planTopology(name, here.options(name), identity).catch(kernelLacks);
    if (plan === undefined) {
      here.unplannable.push(name);
      continue;
    }
    const lab = await Lab.build(plan, topologyKind(name), undefined, identity).catch(kernelLacks);
    await lab?.close();
    (lab === undefined ? here.refused : here.buildable).push(name);
  }
  return here;
}

/** Where nothing can be built, because this is not root. */
export const NO_KINDS: KindsHere = {
  buildable: [],
  refused: [],
  unplannable: [],
  engine: undefined,
  options: () => ({}),
  args: () => [],
};

function kernelLacks(error: unknown): undefined {
  if (error instanceof VnetperfError && LACKS.includes(error.code)) return undefined;
  throw error;
}
