import { join } from 'node:path';
import { commandMissing, locateCommand } from '../platform/run-command.js';
import { type LabIdentity, PROCESS_MARK } from './lab-identity.js';
import type { Argument, Command, Environment, TextInput } from './plan.js';

/** What the words of a plan's commands stand for. */
export interface LabSurroundings {
  kind: string;
  identity: LabIdentity;
  namespaceFd(name: string): number;
  /** Made at the first call. */
  directory(): string;
}

export interface LabCommandOptions {
  /** One line of standard input each. */
  lines?: readonly Command[] | undefined;
  input?: Uint8Array | undefined;
  inputText?: TextInput | undefined;
  environment?: Environment | undefined;
  timeoutMs?: number | undefined;
  terminationMs?: number | undefined;
  /** Aborting kills the command. */
  signal?: AbortSignal | undefined;
}

export interface LabCommand {
  argv: [string, ...string[]];
  environment: Record<string, string>;
  /** Found by the process as 3, 4, 5 ... */
  descriptors: number[];
  /** Further lines of words for the same process. */
  wordsOf(command: Command): string[];
}

/**
 * How a command of a plan is started: entered, marked, with namespaces and files in place of the words for them.
 * @param wrapper Stands before the program, inside the namespace.
 */
export function labCommand(
  lab: LabSurroundings,
  namespace: string | null,
  command: Command,
  environment: Environment = {},
  wrapper: readonly string[] = [],
): LabCommand {
  const descriptors: number[] = [];
  const pathOf = (name: string) => {
    const fd = lab.namespaceFd(name);
    if (!descriptors.includes(fd)) descriptors.push(fd);
    // stdin, stdout and stderr come before what is passed on.
    return `/proc/self/fd/${3 + descriptors.indexOf(fd)}`;
  };
  const word = (argument: Argument) => {
    if (typeof argument === 'string') return argument;
    if ('namespace' in argument) return pathOf(argument.namespace);
    return `${argument.before ?? ''}${join(lab.directory(), argument.file)}`;
  };
  const wordsOf = (of: Command) => of.map(word);

  // nsenter becomes the command by exec: one process, and the descriptors stay where they are.
  const entry = namespace === null ? [] : ['nsenter', `--net=${pathOf(namespace)}`];
  return {
    argv: [...entry, ...wrapper, ...absolute(wordsOf(command), lab.kind)] as [string, ...string[]],
    environment: {
      [PROCESS_MARK]: lab.identity.id,
      ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, word(value)])),
    },
    descriptors,
    wordsOf,
  };
}

/** nsenter looks its command up in PATH alone; ours may have been found beside it. */
function absolute([program, ...rest]: string[], kind: string): string[] {
  const path = locateCommand(program!);
  if (path === undefined) throw commandMissing(program!, kind);
  return [path, ...rest];
}
