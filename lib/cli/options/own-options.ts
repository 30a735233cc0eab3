import { parsePin } from '../../configuration/cores.js';
import { checkBatch, checkMaxClients } from '../../configuration/limits.js';
import { leadingInteger } from '../../configuration/quantities.js';
import { receivePaths, sendPaths } from '../../configuration/settings.js';
import { VnetperfError } from '../../errors.js';
import { parseRateLimit } from '../outcome/outcome-options.js';
import type { NetworkOptionName } from '../own-options.js';
import type { ApplyOption } from './common-options.js';
import { networkOptionActions } from './network-options.js';

/** The options that iperf3 does not have. */
export const ownOptionActions = {
  // Which side a list is for is not known yet: only the form is looked at here, so that the first mistake is reported.
  pin: (draft, value = '') => {
    parsePin(value, draft.command === 'iperf3' ? 'client' : undefined);
    draft.pinText = value;
  },
  'max-clients': (draft, value = '') => {
    draft.server.maxClients = checkMaxClients(leadingInteger(value), value);
  },
  'send-path': (draft, value = '') => {
    draft.settings.sendPath = oneOf('--send-path', value, sendPaths);
  },
  'receive-path': (draft, value = '') => {
    draft.settings.receivePath = oneOf('--receive-path', value, receivePaths);
    draft.asksForDiscard = value === 'discard';
  },
  gso: (draft) => {
    draft.settings.gso = true;
    draft.offloadOption ??= '--gso';
  },
  gro: (draft) => {
    draft.settings.gro = true;
    draft.offloadOption ??= '--gro';
  },
  batch: (draft, value = '') => {
    draft.settings.batch = checkBatch(leadingInteger(value), value);
  },
  'fail-below': (draft, value = '') => {
    draft.own.failBelowBitsPerSecond = parseRateLimit(value);
  },
  junit: (draft, value) => {
    draft.own.junit = value;
  },
  github: (draft) => {
    draft.own.github = true;
  },
  metrics: (draft, value) => {
    draft.own.metrics = value;
  },
  latency: (draft) => {
    if (draft.command === 'iperf3') {
      throw new VnetperfError('--latency needs both ends in one process: it works with run, between and compare', {
        code: 'ERR_LATENCY',
        remedy: 'vnetperf run veth --latency',
      });
    }
    draft.own.latency = true;
  },
  'dry-run': (draft) => {
    draft.run.dryRun = true;
  },
  ...networkOptionsOfRun(),
  // To run, more than an address of the network's: the test crosses it.
  ipv6: (draft) => {
    draft.run.ipv6 = true;
    draft.common.family = 6;
  },
} satisfies Record<string, ApplyOption>;

function networkOptionsOfRun(): Record<NetworkOptionName, ApplyOption> {
  const actions = Object.entries(networkOptionActions).map(([name, apply]): [string, ApplyOption] => [
    name,
    (draft, value) => apply(draft.run, value),
  ]);
  return Object.fromEntries(actions) as Record<NetworkOptionName, ApplyOption>;
}

function oneOf<Value extends string>(option: string, value: string, values: readonly Value[]): Value {
  const found = values.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new VnetperfError(`${option} ${value} is not a path (choose from ${values.join(', ')})`, {
    code: 'ERR_PATH',
    remedy: `Choose from ${values.join(', ')}.`,
  });
}
