import { RequestError } from '../errors.js';
import { offloadSteps } from './end-offloads.js';
import type { TopologyOptions } from './options.js';
import { placeLabel } from './places/open-place.js';
import { isFileOfLab, type Plan } from './plan.js';
import { distinctEnds } from './planned-endpoints.js';
import { checkReceiveCores, receiveCoreSteps } from './receive-cores.js';

/**
 * The plan with what a user wants of its ends' interfaces set last, over whatever the kind itself has set.
 * Throws VnetperfError ERR_OPTION where others use the interfaces too, and ERR_RPS.
 */
export function withEndSettings(plan: Plan, { offloads = [], rpsCores = [] }: TopologyOptions): Plan {
  if (offloads.length + rpsCores.length === 0) return plan;
  const owner = ownerOfEnds(plan);
  if (owner !== undefined) {
    const flag = offloads.length > 0 ? '--offload' : '--rps';
    throw new RequestError(`${plan.kind} takes no ${flag}: its interfaces belong to ${owner}`, {
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

/** Who has them beside this plan. A container that is adopted is one that the plan has made; no other place is. */
function ownerOfEnds(plan: Plan): string | undefined {
  if (plan.endsBelongTo !== undefined) return plan.endsBelongTo;
  const ends = distinctEnds(plan).map((end) => end.namespace);
  for (const step of plan.steps) {
    if (step.type !== 'adopt' || !ends.includes(step.as)) continue;
    if (step.from.type !== 'container' && !isFileOfLab(step.from)) return placeLabel(step.from);
  }
  return undefined;
}
