import { fstatSync } from 'node:fs';
import { join } from 'node:path';
import { loadNative } from '../platform/load-native.js';
import type { NativeAddon } from '../platform/native.js';
import {
  CommandError,
  type CommandOutput,
  commandMissing,
  locateCommand,
  runCommand,
} from '../platform/run-command.js';
import type { NetworkNamespace } from '../traffic/namespace.js';
import { removalError } from './build-errors.js';
import { BuildWaits, type BuildWatch } from './build-watch.js';
import { pluginError } from './cni/plugin-error.js';
import { HeldNamespaces } from './held-namespaces.js';
import { type Journal, newJournal, outlivesProcess, pairsOf, type Undo } from './journal.js';
import { removeJournal, reserveName, writeJournal } from './journal-files.js';
import type { TopologyKind } from './kind.js';
import { type LabCommandOptions, labCommand } from './lab-command.js';
import { DIES_WITH_US, LabDaemon, type RunningDaemon, recordedDaemon } from './lab-daemon.js';
import { LabDirectory } from './lab-directory.js';
import { type LabIdentity, newLabIdentity } from './lab-identity.js';
import { attachNamespace, netnsName, openNamed, removeNamed } from './named-namespace.js';
import { newNamespace, OwnedNamespace } from './owned-namespace.js';
import { openPlace } from './places/open-place.js';
import type { NamespaceSource } from './places/place.js';
import {
  type AdoptStep,
  type Command,
  type DaemonStep,
  type Environment,
  isFileOfLab,
  type Plan,
  START_LIMIT_MS,
} from './plan.js';
import { type BuildNotes, runStep } from './run-step.js';
import { readOutput, textOf } from './step-files.js';
import { type StepProcess, stepProcesses } from './step-processes.js';

/**
 * Who owns what: the namespaces of one plan, each held by one descriptor of this process and by nothing else, its
 * daemons and its directory, and the undo commands of whatever was made outside them. When the process dies, by SIGKILL
 * too, the kernel closes the descriptors, removes the namespaces with every interface, address and rule in them, and
 * ends the daemons. What the kernel does not remove stands in a journal; so does all of a lab with a name, which is
 * to outlive the process.
 */
export class Lab {
  readonly identity: LabIdentity;
  readonly notes: BuildNotes = { warnings: [], remarks: new Set() };
  readonly #native: NativeAddon;
  readonly #kind: string;
  readonly #namespaces: HeldNamespaces;
  readonly #daemons: RunningDaemon[] = [];
  /** What takes back what the end of the namespaces would not, in the order in which it was done. */
  #toUndo: Undo[] = [];
  #journal: Journal | undefined;
  #waits: BuildWaits;
  #directory: LabDirectory;
  #closing: Promise<void> | undefined;

  private constructor(kind: string, native: NativeAddon, identity: LabIdentity, name?: string, watch: BuildWatch = {}) {
    this.#kind = kind;
    this.#native = native;
    this.identity = identity;
    this.#namespaces = new HeldNamespaces(kind);
    this.#directory = new LabDirectory(identity.short);
    this.#waits = new BuildWaits(kind, name, watch);
  }

  /**
   * Builds what the plan says, or nothing. Throws VnetperfError ERR_COMMAND_MISSING, ERR_NO_PERMISSION,
   * ERR_NAMESPACE, ERR_NAME_IN_USE, ERR_TOPOLOGY_BUILD, ERR_DAEMON_START, ERR_COMMAND_TIMEOUT or ERR_INTERRUPTED.
   * @param name Of a lab that can outlive this process: see leave().
   */
  static async build(
    plan: Plan,
    kind: Pick<TopologyKind, 'needs'>,
    native = loadNative(),
    identity = newLabIdentity(),
    name?: string,
    watch: BuildWatch = {},
  ): Promise<Lab> {
    for (const command of kind.needs.commands) {
      if (locateCommand(command) === undefined) throw commandMissing(command, plan.kind);
    }
    const lab = new Lab(plan.kind, native, identity, name, watch);
    try {
      if (name !== undefined || outlivesProcess(plan)) lab.#record(newJournal(plan, identity, name));
      if (name !== undefined) reserveName(name, identity.short);
      for (const namespace of plan.namespaces) await lab.#makeNamespace(namespace);
      for (const process of stepProcesses(plan.steps)) {
        lab.#waits.check();
        if (process.type === 'adopt') await lab.#adopt(process);
        else if (process.type === 'undo') lab.#remember({ ...process, type: 'command' });
        else if (process.type === 'daemon') await lab.#startDaemon(process);
        else await lab.#execute(process, kind.needs.modules);
      }
      lab.#waits.check();
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
    lab.#directory = new LabDirectory(journal.short, journal.directory);
    lab.#toUndo = journal.undo;
    lab.#daemons.push(...journal.daemons.map(recordedDaemon));
    for (const namespace of journal.namespaces) {
      const fd = openNamed(namespace);
      if (fd !== undefined) lab.#namespaces.hold(namespace.name, new OwnedNamespace(fd, native));
    }
    for (const { as, from } of journal.adopted) {
      // Somebody may have removed the container by hand.
      const place = await openPlace(from).catch(() => undefined);
      if (place !== undefined) lab.#namespaces.holdPlace(as, place);
    }
    return lab;
  }

  namespace(name: string): NetworkNamespace {
    return this.#namespaces.get(name);
  }

  /** The daemons of the plan that run, in the order in which they were started. */
  get daemons(): readonly { name: string; pid: number | undefined }[] {
    return this.#daemons;
  }

  /** How long was waited for daemons and what they do together. */
  get startUpMs(): number {
    return this.#waits.totalMs;
  }

  /** Runs a command inside one of the namespaces; null = where this process is. Throws as runCommand() does. */
  async run(namespace: string | null, command: Command, options: LabCommandOptions = {}): Promise<CommandOutput> {
    const { argv, descriptors, wordsOf, environment } = this.#command(namespace, command, options.environment);
    const lines = (options.lines ?? []).map((line) => `${wordsOf(line).join(' ')}\n`).join('');
    return runCommand(argv, {
      descriptors,
      input: options.inputText ? textOf(options.inputText, this.#directory.path) : (options.input ?? lines),
      timeoutMs: options.timeoutMs,
      signal: options.signal,
      terminationMs: options.terminationMs,
      environment,
    });
  }

  /** What a step of the plan with this `output` has written. */
  output(file: string): string {
    return readOutput(file, this.#directory.path) ?? '';
  }

  /** Where others chose the addresses: what another process is to know of the network. */
  learned(plan: Plan): void {
    if (this.#journal !== undefined) this.#journal.pairs = pairsOf(plan);
    this.#record();
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
    this.#namespaces.close();
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
        // What a plugin has not taken back goes with the namespaces and the directory.
        if (undo.type === 'daemon' || undo.plugin === undefined) remaining.unshift(undo);
      });
    }
    this.#namespaces.close();
    let stuck = remaining.length > 0;
    for (const namespace of journal?.namespaces ?? []) {
      await removeNamed(namespace).catch((error) => {
        failure ??= error;
        stuck = true;
      });
    }
    if (journal === undefined || !stuck) {
      this.#directory.remove();
      if (journal !== undefined) removeJournal(journal);
    } else {
      this.#toUndo = remaining;
      this.#record();
    }
    if (failure !== undefined) throw removalError(this.#kind, failure as Error, stuck);
  }

  async #undo(undo: Undo): Promise<void> {
    if (undo.type === 'daemon') {
      await this.#daemons.find(({ name }) => name === undo.name)?.stop();
      return;
    }
    const { namespace, command, plugin } = undo;
    // A namespace that somebody else has removed took along what was made in it.
    if (namespace !== null && !this.#namespaces.has(namespace)) return;
    await this.run(namespace, command, undo).catch((error) => {
      throw plugin !== undefined && error instanceof CommandError ? pluginError(plugin, error) : error;
    });
  }

  #remember(undo: Undo): void {
    this.#toUndo.push(undo);
    this.#record();
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
    const directory = () => this.#directory.path;
    const surroundings = { kind: this.#kind, identity: this.identity, namespaceFd, directory };
    return labCommand(surroundings, namespace, command, environment, wrapper);
  }

  async #execute(process: StepProcess, modules: readonly string[]): Promise<void> {
    const { notes } = this;
    const around = { kind: this.#kind, modules, waits: this.#waits, lab: this, directory: this.#directory, notes };
    const undos = await runStep(process, around, (undo) => this.#undo(undo));
    for (const undo of undos) this.#remember(undo);
  }

  async #adopt(step: AdoptStep): Promise<void> {
    const from = this.#sourceOf(step);
    this.#namespaces.holdPlace(step.as, await openPlace(from));
    this.#journal?.adopted.push({ as: step.as, from });
    this.#record();
  }

  #sourceOf({ from }: AdoptStep): NamespaceSource {
    return isFileOfLab(from) ? { type: 'file', path: join(this.#directory.path, from.path.file) } : from;
  }

  async #startDaemon(step: DaemonStep): Promise<void> {
    const wrapper = this.#journal?.name === undefined ? DIES_WITH_US : [];
    const { argv, environment, descriptors } = this.#command(step.namespace, step.command, step.environment, wrapper);
    const logFile = join(this.#directory.path, `${step.name}.log`);
    const { name, title = name, readyTimeoutMs = START_LIMIT_MS } = step;
    const daemon = new LabDaemon({ name, title, argv, environment, descriptors, logFile });
    this.#daemons.push(daemon);
    if (daemon.record !== undefined) this.#journal?.daemons.push(daemon.record);
    this.#remember({ type: 'daemon', name });

    const ask = (bounds: LabCommandOptions) =>
      this.run(step.namespace, step.ready, { ...bounds, environment: step.environment });
    await this.#waits.during(title, readyTimeoutMs, () =>
      daemon.untilReady(this.#kind, readyTimeoutMs, ask, this.#waits.signal),
    );
  }

  async #makeNamespace(name: string): Promise<void> {
    const namespace = newNamespace(this.#kind, this.#native);
    this.#namespaces.hold(name, namespace);
    const journal = this.#journal;
    if (journal?.name === undefined) return;
    const netns = netnsName(journal.name, name);
    journal.namespaces.push({ name, netns, inode: fstatSync(namespace.fd).ino });
    this.#record();
    await attachNamespace(namespace.fd, netns);
  }
}
