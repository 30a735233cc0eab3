import { type NetworksHere, networksHere } from '../../api/networks-here.js';
import { type GivenOption, kindOptions } from '../../compare/plan/cells.js';
import { CONTAINER_NETWORKS } from '../../compare/suite/container-networks.js';
import { StartUpLine } from '../start-up-line.js';
import { topologyOptions } from '../topology-options.js';
import { parsedRun } from './executable-cells.js';

/** The networks of the suite that this machine can hold, with the options that were given. */
export function suiteNetworks(given: readonly GivenOption[], signal: AbortSignal): Promise<NetworksHere> {
  const optionsOf = (kind: string) => {
    const words = kindOptions(kind, CONTAINER_NETWORKS, given).flatMap((option) => option.words);
    return topologyOptions(parsedRun(['run', kind, ...words]));
  };
  const line = new StartUpLine();
  return networksHere(CONTAINER_NETWORKS, optionsOf, { signal, onProgress: line.handle }).finally(() => line.close());
}
