import type { Cause } from './finding.js';
import { ANY_MAC } from './forwarding-entries.js';
import type { ForwardingGap } from './forwarding-gaps.js';

const RECREATE =
  'Make the network again, since it is for its engine to know this; where that fails too, restart the host';

const BROADCAST = ', where broadcast goes, by which ends find each other';

/** What it means that a namespace on the way does not know where to send. */
export function gapCause(gap: ForwardingGap): Cause {
  switch (gap.type) {
    case 'route':
      return missingRoute(gap);
    case 'neighbour':
      return missingNeighbour(gap);
    case 'entry':
      return missingEntry(gap);
  }
}

function missingRoute({ namespace, prefix, instead, device, gateway }: ForwardingGap & { type: 'route' }): Cause {
  const via = gateway === undefined ? '' : ` via ${gateway}`;
  return {
    message: `${namespace} has no route to ${prefix} by ${device} (${instead})`,
    remedy: `Give it one: ip route add ${prefix}${via} dev ${device}${via === '' ? '' : ' onlink'}, in ${namespace}.`,
  };
}

function missingNeighbour({ namespace, device, address, mac, keeper }: ForwardingGap & { type: 'neighbour' }): Cause {
  const command = `ip neighbour replace ${address} lladdr ${mac ?? 'MAC'} dev ${device} nud permanent, in ${namespace}`;
  return {
    message: `${device} in ${namespace} has no neighbour entry for ${address}, and nobody answers for it there`,
    remedy: keeper === 'engine' ? `${RECREATE}. By hand: ${command}.` : `${command}.`,
  };
}

function missingEntry({ namespace, device, mac, host, keeper }: ForwardingGap & { type: 'entry' }): Cause {
  const where = host === undefined ? ", where HOST is the other host's address" : '';
  const command = `bridge fdb append ${mac} dev ${device} dst ${host ?? 'HOST'}, in ${namespace}${where}`;
  return {
    message: `${device} in ${namespace} has no forwarding entry for ${mac}${mac === ANY_MAC ? BROADCAST : ''}`,
    remedy: keeper === 'engine' ? `${RECREATE}. By hand: ${command}.` : `${command}.`,
  };
}
