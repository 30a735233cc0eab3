import type { Lab } from './lab.js';
import type { LabIdentity } from './lab-identity.js';
import type { MtuRange } from './mtu.js';
import type { OptionName, ResolvedOptions, TopologyOptions } from './options.js';
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
  /** Of the ends. Across two hosts it follows from the link's. */
  mtu: MtuRange | ((options: TopologyOptions) => MtuRange);
  /** Options that mean something to this kind, beside mtuBytes, ipv6, offloads and rpsCores, which all take. */
  takes: readonly OptionName[];
  /**
   * false: IPv6 only where it is asked for. An engine's first network with IPv6 makes a router of the whole host, which
   * from then on learns no more routes by itself. Default true.
   */
  ipv6ByDefault?: boolean;
  /**
   * Whether it can be built inside a user namespace of an unprivileged user. A kind that talks to a container engine
   * or the host's switch cannot be, and needs no privileges of ours for what the engine does.
   */
  rootless: boolean;
  /**
   * May ask (an engine for its free subnets, a kernel for its datapath), and changes nothing.
   * @param identity What marks everything outside namespaces of ours.
   * @param signal Aborting ends what an engine is being asked, with ERR_INTERRUPTED.
   */
  plan(options: ResolvedOptions, identity: LabIdentity, signal?: AbortSignal): Plan | Promise<Plan>;
  /**
   * Of a kind whose addresses, MTU and devices others choose: the plan with what was found once its network stands.
   * Until then its ends have no addresses. Throws VnetperfError where it cannot be used.
   */
  learn?(plan: Plan, lab: Pick<Lab, 'run' | 'namespace' | 'output'>): Promise<Plan>;
}
