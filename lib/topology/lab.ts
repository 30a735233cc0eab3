import { VnetperfError } from '../errors.js';
import { loadNative } from '../platform/load-native.js';
import type { NativeAddon, NativeSystemError } from '../platform/native.js';
import {
  CommandError,
  type CommandOutput,
  commandMissing,
  locateCommand,
  runCommand,
} from '../platform/run-command.js';
import type { NetworkNamespace } from '../traffic/namespace.js';
import type { TopologyKind } from './kind.js';
import { type Command, diesWithNamespace, type Plan, type Step } from './plan.js';
import { failedStep, type StepProcess, stepProcesses } from './step-processes.js';

/**
 * Who owns what: the namespaces of one plan, each held by one descriptor of this process and by nothing else, and the
 * undo commands of whatever was made outside them. When the process dies, by SIGKILL too, the kernel closes the
 * descriptors and removes the namespaces with every interface, address and rule in them.
 */
export class Lab {
  readonly #native: NativeAddon;
  readonly #kind: string;
  readonly #namespaces = new Map<string, OwnedNamespace>();
  /** Steps done that the end of their namespace would not take back, in the order in which they were done. */
  readonly #toUndo: Step[] = [];
  #closing: Promise<void> | undefined;

  private constructor(kind: string, native: NativeAddon) {
    this.#kind = kind;
    this.#native = native;
  }

  /**
   * Builds what the plan says, or nothing. Throws VnetperfError ERR_COMMAND_MISSING, ERR_NO_PERMISSION,
   * ERR_NAMESPACE or ERR_TOPOLOGY_BUILD.
   */
  static async build(plan: Plan, kind: Pick<TopologyKind, 'needs'>, native = loadNative()): Promise<Lab> {
    for (const command of kind.needs.commands) {
      if (locateCommand(command) === undefined) throw commandMissing(command, plan.kind);
    }
    const lab = new Lab(plan.kind, native);
    try {
      for (const name of plan.namespaces) lab.#namespaces.set(name, lab.#createNamespace());
      for (const process of stepProcesses(plan.steps)) await lab.#execute(process, kind.needs.modules);
    } catch (error) {
      // The reason why it could not be built is worth more than a second failure while taking it apart.
      await lab.close().catch(() => {});
      throw error;
    }
    return lab;
  }

  namespace(name: string): NetworkNamespace {
    const namespace = this.#namespaces.get(name);
    if (namespace === undefined) throw new RangeError(`the plan of ${this.#kind} has no namespace "${name}"`);
    return namespace;
  }

  /** Runs a command inside one of the namespaces; null = where this process is. Throws as runCommand() does. */
  async run(namespace: string | null, command: Command, input: readonly Command[] = []): Promise<CommandOutput> {
    const descriptors: number[] = [];
    const pathOf = (name: string) => {
      const { fd } = this.namespace(name);
      if (!descriptors.includes(fd)) descriptors.push(fd);
      // stdin, stdout and stderr come before what is passed on.
      return `/proc/self/fd/${3 + descriptors.indexOf(fd)}`;
    };
    const words = (of: Command) => of.map((word) => (typeof word === 'string' ? word : pathOf(word.namespace)));

    // nsenter becomes the command by exec: one process, and the descriptors stay where they are.
    const entry = namespace === null ? [] : ['nsenter', `--net=${pathOf(namespace)}`];
    const argv = [...entry, ...absolute(words(command), this.#kind)] as [string, ...string[]];
    const lines = input.map((line) => `${words(line).join(' ')}\n`);
    return runCommand(argv, { descriptors, input: lines.join('') });
  }

  /**
   * Undoes what was made outside the namespaces, last first, then lets go of the namespaces. Every step is tried.
   * Throws VnetperfError ERR_TOPOLOGY_REMOVAL naming the first command that failed.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    let failure: unknown;
    for (const { namespace, undo } of this.#toUndo.toReversed()) {
      if (undo === diesWithNamespace) continue;
      await this.run(namespace, undo).catch((error) => {
        failure ??= error;
      });
    }
    for (const namespace of this.#namespaces.values()) namespace.close();
    if (failure !== undefined) {
      throw new VnetperfError(`not all of ${this.#kind} could be removed: ${(failure as Error).message}`, {
        code: 'ERR_TOPOLOGY_REMOVAL',
        remedy: 'Run that command by hand once its cause is gone.',
        cause: failure,
      });
    }
  }

  async #execute(process: StepProcess, modules: readonly string[]): Promise<void> {
    try {
      await this.run(process.namespace, process.command, process.input);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw buildError(this.#kind, failedStep(process, error.stderr), error, modules);
    }
    // Only what succeeded: undoing a step that failed because its object existed would remove somebody else's.
    this.#toUndo.push(...process.steps.filter((step) => step.undo !== diesWithNamespace));
  }

  #createNamespace(): OwnedNamespace {
    try {
      return new OwnedNamespace(this.#native.createNetworkNamespace(), this.#native);
    } catch (error) {
      throw namespaceError(this.#kind, error as NativeSystemError);
    }
  }
}

/** Not to be used after the lab is gone: its number may by then be another descriptor's. */
class OwnedNamespace implements NetworkNamespace {
  readonly #native: NativeAddon;
  #fd: number | undefined;

  constructor(fd: number, native: NativeAddon) {
    this.#fd = fd;
    this.#native = native;
  }

  get fd(): number {
    if (this.#fd === undefined) {
      throw new VnetperfError('this network was removed', {
        code: 'ERR_TOPOLOGY_CLOSED',
        remedy: 'Use its endpoints before close(), or build it again.',
      });
    }
    return this.#fd;
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) this.#native.closeDescriptor(fd);
  }
}

/** nsenter looks its command up in PATH alone; ours may have been found beside it. */
function absolute([program, ...rest]: string[], kind: string): string[] {
  const path = locateCommand(program!);
  if (path === undefined) throw commandMissing(program!, kind);
  return [path, ...rest];
}

function buildError(kind: string, step: Step, error: CommandError, modules: readonly string[]): VnetperfError {
  const typed = step.command.map((word) => (typeof word === 'string' ? word : word.namespace)).join(' ');
  const where = step.namespace === null ? '' : ` in its namespace ${step.namespace}`;
  const said = error.stderr
    .replaceAll(/^Command failed -:\d+$/gm, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, '; ');
  // What rtnetlink says of a device type whose module is neither loaded nor there to be loaded.
  const unknownType = /Unknown device type|Operation not supported/.test(said);
  return new VnetperfError(`${kind} cannot be built: "${typed}"${where} says: ${said || error.message}`, {
    code: 'ERR_TOPOLOGY_BUILD',
    remedy:
      unknownType && modules.length > 0
        ? `Load what the kernel lacks with: modprobe -a ${modules.join(' ')}`
        : `See every command with --dry-run, and try this one by hand.`,
    cause: error,
  });
}

function namespaceError(kind: string, error: NativeSystemError): VnetperfError {
  switch (error.code) {
    case 'EPERM':
      return new VnetperfError(`${kind} needs network namespaces, and this process may not make any`, {
        code: 'ERR_NO_PERMISSION',
        remedy: 'Run it as root, with CAP_SYS_ADMIN and CAP_NET_ADMIN, or under: unshare --user --map-root-user --net',
        errno: error.errno,
        cause: error,
      });
    case 'ENOSPC':
      return new VnetperfError(`${kind} needs one more network namespace than this user may have`, {
        code: 'ERR_NAMESPACE',
        remedy: 'Raise the limit with: sysctl -w user.max_net_namespaces=1024',
        errno: error.errno,
        cause: error,
      });
    default:
      return new VnetperfError(`${kind} cannot make a network namespace: ${error.message}`, {
        code: 'ERR_NAMESPACE',
        remedy: 'The kernel must be built with CONFIG_NET_NS.',
        errno: error.errno,
        cause: error,
      });
  }
}
