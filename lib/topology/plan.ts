/**
 * A network as the list of commands an operator would type to build it, each with its undo. It is plain data: a lab
 * executes it, a shell script prints it, and neither knows anything that is not written here.
 */
export interface Plan {
  kind: string;
  /** What the network is, in a few words of English. */
  summary: string;
  /** Namespaces to make before the first step, each with nothing in it but its own loopback. */
  namespaces: readonly string[];
  steps: readonly Step[];
  client: PlannedEndpoint;
  server: PlannedEndpoint;
  /** Every interface a packet of the client passes, in that order. */
  path: readonly PlannedHop[];
  /** Interfaces worth naming between the two ends in one line: switches, or the device both ends share. */
  via: readonly string[];
  /** Of every hop. */
  mtuBytes: number;
}

/**
 * One command and what takes it back. `namespace` is where it runs; null is the namespace the caller is in. What is
 * made there outlives us unless undone, so there an undo is a command; what lies in a namespace of ours goes with it.
 */
export type Step =
  | { namespace: string; command: Command; undo: Command | DiesWithNamespace }
  | { namespace: null; command: Command; undo: Command };

export const diesWithNamespace = 'dies with its namespace';
type DiesWithNamespace = typeof diesWithNamespace;

export type Command = readonly [string, ...Argument[]];

/** A word, or one of the plan's namespaces wherever a command expects a namespace's name or path. */
export type Argument = string | { readonly namespace: string };

export interface PlannedEndpoint {
  namespace: string;
  interface: string;
  ipv4: string;
  /** undefined: the network carries no IPv6. */
  ipv6: string | undefined;
}

export interface PlannedHop {
  namespace: string;
  interface: string;
  /** The bridge this interface must be a port of. */
  master?: string | undefined;
}

/** A step inside a namespace of ours, written as a line: words are split at spaces. */
export function inside(namespace: string, line: string, ...more: Argument[]): Step {
  const [name, ...words] = line.split(' ');
  return { namespace, command: [name!, ...words, ...more], undo: diesWithNamespace };
}
