import { fstatSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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
import { type Journal, newJournal, outlivesProcess, type Undo } from './journal.js';
import { removeJournal, reserveName, writeJournal } from './journal-files.js';
import type { TopologyKind } from './kind.js';
import { type LabCommandOptions, labCommand } from './lab-command.js';
import { LabDaemon, type RunningDaemon, recordedDaemon } from './lab-daemon.js';
import { type LabIdentity, newLabIdentity } from './lab-identity.js';
import { attachNamespace, netnsName, openNamed, removeNamed } from './named-namespace.js';
import { OwnedNamespace } from './owned-namespace.js';
import { openPlace } from './places/open-place.js';
import {
  type AdoptStep,
  type Command,
  type DaemonStep,
  diesWithNamespace,
  type Environment,
  type Plan,
} from './plan.js';
import { labsDirectory } from './state-directory.js';
import { failedStep, type StepProcess, stepProcesses } from './step-processes.js';

/** A lab without a name goes with its process: with the thread that started them, the kernel ends its daemons. */
const DIES_WITH_US = ['setpriv', '--pdeathsig', 'KILL'] as const;

/**
 * Who owns what: the namespaces of one plan, each held by one descriptor of this process and by nothing else, its
 * daemons and its directory, and the undo commands of whatever was made outside them. When the process dies, by SIGKILL
 * too, the kernel closes the descriptors, removes the namespaces with every interface, address and rule in them, and
 * ends the daemons. What the kernel does not remove stands in a journal; so does all of a lab with a name, which is
 * to outlive the process.
 */
export class Lab {
  readonly identity: LabIdentity;
  readonly #native: NativeAddon;
  readonly #kind: string;
  readonly #namespaces = new Map<string, NetworkNamespace & { close(): void }>();
  readonly #daemons: RunningDaemon[] = [];
  /** What takes back what the end of the namespaces would not, in the order in which it was done. */
  #toUndo: Undo[] = [];
  #journal: Journal | undefined;
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
   * ERR_NAMESPACE, ERR_NAME_IN_USE or ERR_TOPOLOGY_BUILD.
   * @param name Of a lab that can outlive this process: see leave().
   */
  static async build(
    plan: Plan,
    kind: Pick<TopologyKind, 'needs'>,
    native = loadNative(),
    identity = newLabIdentity(),
    name?: string,
  ): Promise<Lab> {
    for (const command of kind.needs.commands) {
      if (locateCommand(command) === undefined) throw commandMissing(command, plan.kind);
    }
    const lab = new Lab(plan.kind, native, identity);
    try {
      if (name !== undefined || outlivesProcess(plan)) lab.#record(newJournal(plan, identity, name));
      if (name !== undefined) reserveName(name, identity.short);
      for (const namespace of plan.namespaces) await lab.#makeNamespace(namespace);
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

  /** A lab that another process has built, as far as it still stands. Its close() removes it. */
  static async attach(journal: Journal, native = loadNative()): Promise<Lab> {
    const lab = new Lab(journal.kind, native, { id: journal.id, short: journal.short });
    lab.#journal = journal;
    lab.#directory = journal.directory;
    lab.#toUndo = journal.undo;
    lab.#daemons.push(...journal.daemons.map(recordedDaemon));
    for (const namespace of journal.namespaces) {
      const fd = openNamed(namespace);
      if (fd !== undefined) lab.#namespaces.set(namespace.name, new OwnedNamespace(fd, native));
    }
    for (const { as, from } of journal.adopted) {
      // Somebody may have removed the container by hand.
      const place = await openPlace(from).catch(() => undefined);
      if (place !== undefined) lab.#hold(as, place);
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
    const { argv, descriptors, wordsOf, environment } = this.#command(namespace, command, options.environment);
    const lines = (options.lines ?? []).map((line) => `${wordsOf(line).join(' ')}\n`).join('');
    return runCommand(argv, {
      descriptors,
      input: options.input ?? lines,
      timeoutMs: options.timeoutMs,
      environment,
    });
  }

  /**
   * Lets a lab with a name stand when this process ends.
   * @returns what another process finds it by.
   */
  leave(): Journal {
    if (this.#journal?.name === undefined) throw new RangeError('a lab without a name goes with its process');
    this.#journal.status = 'up';
    this.#record();
    this.#closing = Promise.resolve();
    for (const namespace of this.#namespaces.values()) namespace.close();
    return this.#journal;
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
    const journal = this.#journal;
    if (journal !== undefined) journal.status = 'closing';
    this.#record();
    let failure: unknown;
    const remaining: Undo[] = [];
    for (const undo of this.#toUndo.toReversed()) {
      await this.#undo(undo).catch((error) => {
        failure ??= error;
        remaining.unshift(undo);
      });
    }
    for (const namespace of this.#namespaces.values()) namespace.close();
    for (const namespace of journal?.namespaces ?? []) {
      await removeNamed(namespace).catch((error) => {
        failure ??= error;
      });
    }
    if (journal === undefined || failure === undefined) {
      if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
      if (journal !== undefined) removeJournal(journal);
    } else {
      this.#toUndo = remaining;
      this.#record();
    }
    if (failure !== undefined) {
      throw new VnetperfError(`not all of ${this.#kind} could be removed: ${(failure as Error).message}`, {
        code: 'ERR_TOPOLOGY_REMOVAL',
        remedy: 'Run that command by hand once its cause is gone.',
        cause: failure,
      });
    }
  }

  async #undo(undo: Undo): Promise<void> {
    if (undo.type === 'daemon') {
      await this.#daemons.find(({ name }) => name === undo.name)?.stop();
      return;
    }
    const { namespace, command, environment, timeoutMs } = undo;
    // A namespace that somebody else has removed took along what was made in it.
    if (namespace !== null && !this.#namespaces.has(namespace)) return;
    await this.run(namespace, command, { environment, timeoutMs });
  }

  /** Brings the journal up to date, where there is one. */
  #record(journal = this.#journal): void {
    this.#journal = journal;
    if (journal === undefined) return;
    journal.undo = this.#toUndo;
    writeJournal(journal);
  }

  #command(namespace: string | null, command: Command, environment?: Environment, wrapper?: readonly string[]) {
    const namespaceFd = (name: string) => this.namespace(name).fd;
    const directory = () => this.#ownDirectory();
    const surroundings = { kind: this.#kind, identity: this.identity, namespaceFd, directory };
    return labCommand(surroundings, namespace, command, environment, wrapper);
  }

  async #execute(process: StepProcess, modules: readonly string[]): Promise<void> {
    try {
      await this.run(process.namespace, process.command, process);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw buildError(this.#kind, failedStep(process, error.stderr), error, modules);
    }
    // Only what succeeded: undoing a step that failed because its object existed would remove somebody else's.
    for (const { namespace, undo, environment, timeoutMs } of process.steps) {
      if (undo === diesWithNamespace) continue;
      this.#toUndo.push({ type: 'command', namespace, command: undo, environment, timeoutMs });
      this.#record();
    }
  }

  async #adopt(step: AdoptStep): Promise<void> {
    this.#hold(step.as, await openPlace(step.from));
    this.#journal?.adopted.push(step);
    this.#record();
  }

  #hold(name: string, place: { namespace: NetworkNamespace; close(): void }): void {
    this.#namespaces.set(name, {
      get fd() {
        return place.namespace.fd;
      },
      close: () => place.close(),
    });
  }

  async #startDaemon(step: DaemonStep): Promise<void> {
    const wrapper = this.#journal?.name === undefined ? DIES_WITH_US : [];
    const { argv, environment, descriptors } = this.#command(step.namespace, step.command, step.environment, wrapper);
    const logFile = join(this.#ownDirectory(), `${step.name}.log`);
    const daemon = new LabDaemon({ name: step.name, argv, environment, descriptors, logFile });
    this.#daemons.push(daemon);
    this.#toUndo.push({ type: 'daemon', name: step.name });
    if (daemon.record !== undefined) this.#journal?.daemons.push(daemon.record);
    this.#record();

    this.#startUpMs += await daemon.untilReady(this.#kind, step.readyTimeoutMs, () =>
      this.run(step.namespace, step.ready, { environment: step.environment }),
    );
  }

  #ownDirectory(): string {
    if (this.#directory === undefined) {
      this.#directory = join(labsDirectory(), this.identity.short);
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    }
    return this.#directory;
  }

  async #makeNamespace(name: string): Promise<void> {
    let namespace: OwnedNamespace;
    try {
      namespace = new OwnedNamespace(this.#native.createNetworkNamespace(), this.#native);
    } catch (error) {
      throw namespaceError(this.#kind, error as NativeSystemError);
    }
    this.#namespaces.set(name, namespace);
    const journal = this.#journal;
    if (journal?.name === undefined) return;
    const netns = netnsName(journal.name, name);
    journal.namespaces.push({ name, netns, inode: fstatSync(namespace.fd).ino });
    this.#record();
    await attachNamespace(namespace.fd, netns);
  }
}
