import { VnetperfError } from '../errors.js';
import { offloadSteps } from './end-offloads.js';
import type { TopologyOptions } from './options.js';
import type { Plan } from './plan.js';
import { checkReceiveCores, receiveCoreSteps } from './receive-cores.js';

/**
 * The plan with what a user wants of its ends' interfaces set last, over whatever the kind itself has set.
 * Throws VnetperfError ERR_OPTION where others use the interfaces too, and ERR_RPS.
 */
export function withEndSettings(plan: Plan, { offloads = [], rpsCores = [] }: TopologyOptions): Plan {
  if (offloads.length + rpsCores.length === 0) return plan;
  if (plan.endsBelongTo !== undefined) {
    const flag = offloads.length > 0 ? '--offload' : '--rps';
    throw new VnetperfError(`${plan.kind} takes no ${flag}: its interfaces belong to ${plan.endsBelongTo}`, {
      code: 'ERR_OPTION',
      remedy: 'Leave it out, or choose a KIND whose ends have interfaces of their own.',
    });
  }
  checkReceiveCores(rpsCores);
  return {
    ...plan,
    steps: [...plan.steps, ...offloadSteps(plan, offloads), ...receiveCoreSteps(plan, rpsCores)],
    endOffloads: offloads,
  };
}
