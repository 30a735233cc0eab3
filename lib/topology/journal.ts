import { join } from 'node:path';
import type { LabIdentity } from './lab-identity.js';
import type { EngineAddress, NamespaceSource } from './places/place.js';
import {
  type Argument,
  type Command,
  type CommandStep,
  diesWithNamespace,
  type Environment,
  type Plan,
  type PlannedEnd,
  type PlannedTarget,
  type PluginCall,
  type Step,
  type TextInput,
} from './plan.js';
import { labsDirectory } from './state-directory.js';

/**
 * What a lab owns outside anonymous namespaces, on disk before it is made and until it is gone, so that another
 * process can take the lab apart after its maker: by name (`topology down`), or because the maker died.
 */
export interface Journal {
  version: 1;
  id: string;
  short: string;
  /** undefined: the lab goes with the process that made it. */
  name?: string | undefined;
  kind: string;
  /** held: it stands as long as its maker lives. up: it stands until it is taken down. */
  status: 'held' | 'building' | 'up' | 'closing';
  directory: string;
  namespaces: NamedNamespace[];
  adopted: { as: string; from: NamespaceSource }[];
  daemons: { name: string; pid: number; startTicks: number }[];
  engines: readonly EngineAddress[];
  ovsDatabases: readonly string[];
  /** What is there to undo, in the order in which it was done. */
  undo: Undo[];
  pairs: readonly { client: PlannedEnd; server: PlannedEnd }[];
  target?: PlannedTarget | undefined;
}

export interface NamedNamespace {
  /** In the plan. */
  name: string;
  /** Under /run/netns. */
  netns: string;
  /** What is found under that name with another inode is somebody else's. */
  inode: number;
}

export type Undo =
  | { type: 'daemon'; name: string }
  | {
      type: 'command';
      namespace: string | null;
      command: Command;
      inputText?: TextInput | undefined;
      environment?: Environment | undefined;
      timeoutMs?: number | undefined;
      plugin?: PluginCall | undefined;
    };

/** Of a step with an undo of its own; undefined where what it makes goes with its namespace. */
export function undoOf({ namespace, undo: command, environment, timeoutMs }: CommandStep): Undo | undefined {
  return command === diesWithNamespace ? undefined : { type: 'command', namespace, command, environment, timeoutMs };
}

/** Whether a plan makes anything that the kernel does not remove with the process that made it. */
export function outlivesProcess(plan: Plan): boolean {
  const touches = (plan.engines?.length ?? 0) + (plan.ovsDatabases?.length ?? 0) > 0;
  return touches || plan.steps.some(stepOutlivesProcess);
}

function stepOutlivesProcess(step: Step): boolean {
  if (step.type !== undefined || step.namespace === null) return true;
  if (step.output !== undefined) return true;
  const words: Argument[] = [...step.command, ...Object.values(step.environment ?? {})];
  return words.some((word) => typeof word !== 'string' && 'file' in word);
}

export function newJournal(plan: Plan, { id, short }: LabIdentity, name?: string): Journal {
  return {
    version: 1,
    id,
    short,
    name,
    kind: plan.kind,
    status: name === undefined ? 'held' : 'building',
    directory: join(labsDirectory(), short),
    namespaces: [],
    adopted: [],
    daemons: [],
    engines: plan.engines ?? [],
    ovsDatabases: plan.ovsDatabases ?? [],
    undo: [],
    pairs: pairsOf(plan),
    target: plan.target,
  };
}

export function pairsOf({ client, server, morePairs }: Plan): Journal['pairs'] {
  return [{ client, server }, ...morePairs];
}
