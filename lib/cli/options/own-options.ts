import { parsePin } from '../../configuration/cores.js';
import { VnetperfError } from '../../errors.js';
import type { NetworkOptionName } from '../own-options.js';
import type { ApplyOption } from './common-options.js';
import { networkOptionActions } from './network-options.js';

const sendPaths = ['copy', 'sendfile', 'auto'] as const;
const receivePaths = ['copy', 'discard', 'auto'] as const;
/** Named in the plans of this project but not built yet: said so, instead of "unknown". */
const laterPaths = ['splice', 'zerocopy', 'mmap'];

/** The options that iperf3 does not have. */
export const ownOptionActions = {
  // Which side a list is for is not known yet: only the form is looked at here, so that the first mistake is reported.
  pin: (draft, value = '') => {
    parsePin(value, draft.command === 'iperf3' ? 'client' : undefined);
    draft.pinText = value;
  },
  'send-path': (draft, value = '') => {
    draft.own.sendPath = oneOf('--send-path', value, sendPaths);
    // auto: of the paths there are, the one without the copy. The report's facts name what was used.
    draft.settings.zeroCopy = value !== 'copy';
  },
  'receive-path': (draft, value = '') => {
    draft.own.receivePath = oneOf('--receive-path', value, receivePaths);
    draft.settings.skipReceiveCopy = value !== 'copy';
  },
  gso: (draft) => {
    draft.settings.gso = true;
  },
  gro: (draft) => {
    draft.settings.gro = true;
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
  const reason = laterPaths.includes(value) ? 'is not in this version' : 'is not a path';
  throw new VnetperfError(`${option} ${value} ${reason} (choose from ${values.join(', ')})`, {
    code: 'ERR_PATH',
    remedy: `Choose from ${values.join(', ')}.`,
  });
}
