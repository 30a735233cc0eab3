import type { Argument, Command, PlannedCarrier, PlannedEndpoint, Step } from '../plan.js';

/** A switch that runs, or will: where it is, how it is reached, and what makes things on it ours. */
export interface RunningSwitch {
  /** Where ovs-vswitchd looks for its ports, by the plan's word for it. */
  namespace: string;
  /** `--db=...` for ovs-vsctl. */
  database: Argument;
  /** Until it runs and its namespace is known. */
  startSteps: readonly Step[];
  /** Set where others have records in the database too. */
  shared?: SharedDatabase | undefined;
  carrier: PlannedCarrier;
}

/** One of several of a lab. */
export interface SwitchOnHost extends RunningSwitch {
  /** Holds the number of its process. */
  pidFile: Argument;
}

/** With the one bridge that a network on one host is built on. */
export interface OvsSwitch extends RunningSwitch {
  /** To be made for it. */
  namespaces: readonly string[];
  bridge: string;
  portOf(end: PlannedEndpoint): string;
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
