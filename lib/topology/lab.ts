import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
import { buildError, namespaceError } from './build-errors.js';
import type { TopologyKind } from './kind.js';
import { LabDaemon } from './lab-daemon.js';
import { type LabIdentity, newLabIdentity } from './lab-identity.js';
import { OwnedNamespace } from './owned-namespace.js';
import { openPlace } from './places/open-place.js';
import {
  type AdoptStep,
  type Argument,
  type Command,
  type DaemonStep,
  diesWithNamespace,
  type Environment,
  type Plan,
} from './plan.js';
import { stateDirectory } from './state-directory.js';
import { failedStep, type StepProcess, stepProcesses } from './step-processes.js';

const READY_PAUSE_MS = 20;

export interface LabCommandOptions {
  /** One line of standard input each. */
  lines?: readonly Command[] | undefined;
  input?: Uint8Array | undefined;
  environment?: Environment | undefined;
  timeoutMs?: number | undefined;
}

/**
 * Who owns what: the namespaces of one plan, each held by one descriptor of this process and by nothing else, its
 * daemons and its directory, and the undo commands of whatever was made outside them. When the process dies, by SIGKILL
 * too, the kernel closes the descriptors, removes the namespaces with every interface, address and rule in them, and
 * ends the daemons.
 */
export class Lab {
  readonly identity: LabIdentity;
  readonly #native: NativeAddon;
  readonly #kind: string;
  readonly #namespaces = new Map<string, NetworkNamespace & { close(): void }>();
  readonly #daemons: LabDaemon[] = [];
  /** What takes back what the end of the namespaces would not, in the order in which it was done. */
  readonly #toUndo: (() => Promise<unknown>)[] = [];
  #startUpMs = 0;
  #directory: string | undefined;
  #closing: Promise<void> | undefined;

  private constructor(kind: string, native: NativeAddon, identity: LabIdentity) {
    this.#kind = kind;
    this.#native = native;
    this.identity = identity;
  }

  /**
   * Builds what the plan says, or nothing. Throws VnetperfError ERR_COMMAND_MISSING, ERR_NO_PERMISSION,
   * ERR_NAMESPACE or ERR_TOPOLOGY_BUILD.
   */
  static async build(
    plan: Plan,
    kind: Pick<TopologyKind, 'needs'>,
    native = loadNative(),
    identity = newLabIdentity(),
  ): Promise<Lab> {
    for (const command of kind.needs.commands) {
      if (locateCommand(command) === undefined) throw commandMissing(command, plan.kind);
    }
    const lab = new Lab(plan.kind, native, identity);
    try {
      for (const name of plan.namespaces) lab.#namespaces.set(name, lab.#createNamespace());
      for (const process of stepProcesses(plan.steps)) {
        if (process.type === 'adopt') await lab.#adopt(process);
        else if (process.type === 'daemon') await lab.#startDaemon(process);
        else await lab.#execute(process, kind.needs.modules);
      }
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

  /** The daemons of the plan that run, in the order in which they were started. */
  get daemons(): readonly { name: string; pid: number | undefined }[] {
    return this.#daemons;
  }

  /** How long the daemons took until they served. */
  get startUpMs(): number {
    return this.#startUpMs;
  }

  /** Runs a command inside one of the namespaces; null = where this process is. Throws as runCommand() does. */
  async run(namespace: string | null, command: Command, options: LabCommandOptions = {}): Promise<CommandOutput> {
    const { argv, descriptors, wordsOf, environment } = this.#invocation(namespace, command, options.environment);
    const lines = (options.lines ?? []).map((line) => `${wordsOf(line).join(' ')}\n`).join('');
    return runCommand(argv, {
      descriptors,
      input: options.input ?? lines,
      timeoutMs: options.timeoutMs,
      environment,
    });
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
    for (const undo of this.#toUndo.toReversed()) {
      await undo().catch((error) => {
        failure ??= error;
      });
    }
    for (const namespace of this.#namespaces.values()) namespace.close();
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
    if (failure !== undefined) {
      throw new VnetperfError(`not all of ${this.#kind} could be removed: ${(failure as Error).message}`, {
        code: 'ERR_TOPOLOGY_REMOVAL',
        remedy: 'Run that command by hand once its cause is gone.',
        cause: failure,
      });
    }
  }

  /** How a command of a plan is started: entered, with namespaces and files in place of the words for them. */
  #invocation(namespace: string | null, command: Command, environment: Environment = {}, wrapper: string[] = []) {
    const descriptors: number[] = [];
    const pathOf = (name: string) => {
      const { fd } = this.namespace(name);
      if (!descriptors.includes(fd)) descriptors.push(fd);
      // stdin, stdout and stderr come before what is passed on.
      return `/proc/self/fd/${3 + descriptors.indexOf(fd)}`;
    };
    const word = (argument: Argument) => {
      if (typeof argument === 'string') return argument;
      if ('namespace' in argument) return pathOf(argument.namespace);
      return `${argument.before ?? ''}${join(this.#ownDirectory(), argument.file)}`;
    };
    const wordsOf = (of: Command) => of.map(word);

    // nsenter becomes the command by exec: one process, and the descriptors stay where they are.
    const entry = namespace === null ? [] : ['nsenter', `--net=${pathOf(namespace)}`];
    return {
      argv: [...entry, ...wrapper, ...absolute(wordsOf(command), this.#kind)] as [string, ...string[]],
      environment: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, word(value)])),
      descriptors,
      wordsOf,
    };
  }

  async #execute(process: StepProcess, modules: readonly string[]): Promise<void> {
    try {
      await this.run(process.namespace, process.command, process);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw buildError(this.#kind, failedStep(process, error.stderr), error, modules);
    }
    // Only what succeeded: undoing a step that failed because its object existed would remove somebody else's.
    for (const step of process.steps) {
      const { namespace, undo, environment } = step;
      if (undo !== diesWithNamespace) {
        this.#toUndo.push(() => this.run(namespace, undo, { environment, timeoutMs: step.timeoutMs }));
      }
    }
  }

  async #adopt({ as, from }: AdoptStep): Promise<void> {
    const place = await openPlace(from);
    this.#namespaces.set(as, {
      get fd() {
        return place.namespace.fd;
      },
      close: () => place.close(),
    });
  }

  async #startDaemon(step: DaemonStep): Promise<void> {
    const { argv, environment, descriptors } = this.#invocation(step.namespace, step.command, step.environment, [
      'setpriv',
      '--pdeathsig',
      'KILL',
    ]);
    const daemon = new LabDaemon({
      name: step.name,
      argv: absolute(argv, this.#kind) as [string, ...string[]],
      environment,
      descriptors,
      logFile: join(this.#ownDirectory(), `${step.name}.log`),
    });
    this.#daemons.push(daemon);
    this.#toUndo.push(() => daemon.stop());

    const start = performance.now();
    const deadline = start + step.readyTimeoutMs;
    for (;;) {
      try {
        await this.run(step.namespace, step.ready, { environment: step.environment });
        this.#startUpMs += performance.now() - start;
        return;
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        if (daemon.hasExited) throw daemon.failure(this.#kind, 'ended while it was being started');
        if (performance.now() > deadline) {
          throw daemon.failure(this.#kind, `did not serve within ${step.readyTimeoutMs / 1000} s`);
        }
      }
      await sleep(READY_PAUSE_MS);
    }
  }

  #ownDirectory(): string {
    if (this.#directory === undefined) {
      this.#directory = join(stateDirectory(), 'labs', this.identity.short);
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    }
    return this.#directory;
  }

  #createNamespace(): OwnedNamespace {
    try {
      return new OwnedNamespace(this.#native.createNetworkNamespace(), this.#native);
    } catch (error) {
      throw namespaceError(this.#kind, error as NativeSystemError);
    }
  }
}

/** nsenter looks its command up in PATH alone; ours may have been found beside it. */
function absolute([program, ...rest]: string[], kind: string): string[] {
  const path = locateCommand(program!);
  if (path === undefined) throw commandMissing(program!, kind);
  return [path, ...rest];
}
