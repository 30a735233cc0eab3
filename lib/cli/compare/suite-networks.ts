import { type GivenOption, kindOptions } from '../../compare/plan/cells.js';
import { CONTAINER_NETWORKS } from '../../compare/suite/container-networks.js';
import { type NetworksHere, networksHere } from '../../compare/suite/networks-here.js';
import { topologyOptions } from '../topology-options.js';
import { parsedRun } from './executable-cells.js';

/** The networks of the suite that this machine can hold, with the options that were given. */
export function suiteNetworks(given: readonly GivenOption[], signal: AbortSignal): Promise<NetworksHere> {
  const optionsOf = (kind: string) => {
    const words = kindOptions(kind, CONTAINER_NETWORKS, given).flatMap((option) => option.words);
    return topologyOptions(parsedRun(['run', kind, ...words]));
  };
  return networksHere(CONTAINER_NETWORKS, optionsOf, signal);
}
