import type { MtuRange } from './mtu.js';
import type { ResolvedOptions } from './options.js';
import type { Plan } from './plan.js';

/** One word a network engineer already uses, and how to build what it stands for. */
export interface TopologyKind {
  name: string;
  /** Continues "KIND: ...", for lists and help. */
  summary: string;
  needs: {
    /** Programs that must be on the machine. */
    commands: readonly string[];
    /** Kernel modules, where they are not built in. */
    modules: readonly string[];
  };
  mtu: MtuRange;
  /** Pure: asks neither the machine nor the network. */
  plan(options: ResolvedOptions): Plan;
}
