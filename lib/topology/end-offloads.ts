import { TopologyError } from '../errors.js';
import type { Lab } from './lab.js';
import type { OffloadSetting } from './options.js';
import { diesWithNamespace, type Plan, type PlannedEnd, type Step } from './plan.js';
import { distinctEnds, endName } from './planned-endpoints.js';

/** What ethtool(8) calls these when it is told to change them; it lists them under their long names. */
const LONG_NAME: Readonly<Record<string, string>> = {
  rx: 'rx-checksumming',
  tx: 'tx-checksumming',
  sg: 'scatter-gather',
  // Of what is called tcp-segmentation-offload, the part that decides: see offloads.
  tso: 'tx-tcp-segmentation',
  ufo: 'udp-fragmentation-offload',
  gso: 'generic-segmentation-offload',
  gro: 'generic-receive-offload',
  lro: 'large-receive-offload',
  rxvlan: 'rx-vlan-offload',
  txvlan: 'tx-vlan-offload',
  ntuple: 'ntuple-filters',
  rxhash: 'receive-hashing',
};

export function offloadSteps(plan: Plan, settings: readonly OffloadSetting[]): Step[] {
  if (settings.length === 0) return [];
  const words = settings.flatMap(({ feature, on }) => [feature, wordOf(on)]);
  return distinctEnds(plan).map((end) => ({
    namespace: end.namespace,
    command: ['ethtool', '--features', end.interface, ...words],
    undo: diesWithNamespace,
    meaning: {
      code: 'ERR_OFFLOAD',
      message: `${endName(end)} cannot be set to ${settings.map(asTyped).join(',')}`,
      remedy: SEE_FEATURES,
    },
  }));
}

const SEE_FEATURES =
  'ethtool --show-features lists what an interface has, and marks as [fixed] what cannot be changed.';

/**
 * ethtool ends with status 0 when it could change some of what it was asked to, and one feature may switch off
 * another: what was asked for is read back. Throws VnetperfError ERR_OFFLOAD.
 */
export async function checkOffloads(plan: Plan, lab: Lab): Promise<void> {
  if (plan.endOffloads === undefined || plan.endOffloads.length === 0) return;
  for (const end of distinctEnds(plan)) {
    const { stdout } = await lab.run(end.namespace, ['ethtool', '--show-features', end.interface]);
    for (const setting of plan.endOffloads) checkOffload(end, setting, stdout);
  }
}

function checkOffload(end: PlannedEnd, setting: OffloadSetting, features: string): void {
  const name = LONG_NAME[setting.feature] ?? setting.feature;
  const line = features.split('\n').find((candidate) => candidate.trimStart().startsWith(`${name}: `));
  const [, state, fixed] = /: (on|off)( \[fixed\])?/.exec(line ?? '') ?? [];
  if (state === wordOf(setting.on)) return;
  const why =
    line === undefined
      ? 'ethtool does not list it'
      : fixed !== undefined
        ? 'the device cannot change it'
        : `it is ${state}, because the device or another feature wants it so`;
  throw new TopologyError(`${endName(end)} cannot be set to ${asTyped(setting)}: ${why}`, {
    code: 'ERR_OFFLOAD',
    remedy: SEE_FEATURES,
  });
}

function wordOf(on: boolean): 'on' | 'off' {
  return on ? 'on' : 'off';
}

function asTyped({ feature, on }: OffloadSetting): string {
  return `${feature}=${wordOf(on)}`;
}
