import type { Argument, Command, PlannedCarrier, PlannedEndpoint, Step } from '../plan.js';

/** A switch that a network is to be built on: where it is, how it is reached, and what makes things on it ours. */
export interface OvsSwitch {
  /** Where ovs-vswitchd looks for its ports, by the plan's word for it. */
  namespace: string;
  /** To be made for it. */
  namespaces: readonly string[];
  /** `--db=...` for ovs-vsctl. */
  database: Argument;
  bridge: string;
  portOf(end: PlannedEndpoint): string;
  /** Until it runs and its namespace is known. */
  startSteps: readonly Step[];
  /** Set where others have records in the database too. */
  shared?: SharedDatabase | undefined;
  carrier: PlannedCarrier;
}

interface SharedDatabase {
  address: string;
  /** Our mark: on records as external_ids:vnetperf, on interfaces as altname. */
  id: string;
}

/**
 * A change of the database that is not waited for: a switch that is slow or gone would otherwise make a command fail
 * whose records are there and have to be removed.
 */
export function change(database: Argument, ...words: Argument[]): Command {
  return ['ovs-vsctl', database, '--timeout=10', '--no-wait', ...words];
}
