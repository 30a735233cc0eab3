import { VnetperfError } from '../errors.js';
import { DEFAULT_TIMEOUT_MS } from '../platform/run-command.js';
import { stepError, wasKilled } from './build-errors.js';
import type { BuildWaits } from './build-watch.js';
import { checkPluginOutput } from './cni/plugin-error.js';
import { type Undo, undoOf } from './journal.js';
import type { Lab } from './lab.js';
import type { LabDirectory } from './lab-directory.js';
import { writeOutput } from './step-files.js';
import type { StepProcess } from './step-processes.js';
import { tunnelPortError } from './tunnel-ports.js';

/** The lab that a step is of. */
export interface StepSurroundings {
  kind: string;
  /** Kernel modules that the kind needs, for an error that may come of one that is missing. */
  modules: readonly string[];
  waits: BuildWaits;
  lab: Pick<Lab, 'run'>;
  directory: LabDirectory;
  notes: BuildNotes;
}

/** What a user is to know of a network that stands. */
export interface BuildNotes {
  /** What failed of the steps that may. */
  readonly warnings: VnetperfError[];
  /** Of the steps that succeeded. */
  readonly remarks: Set<string>;
}

/** What started a plugin ends what that has started too, if it is given the time. */
const PLUGIN_TERMINATION_MS = 3_000;

/**
 * Runs the process of one or more steps. Throws as Lab.build() does.
 * @param undoOne Does at once what is to be done where a command was killed.
 * @returns what there is to undo, of what succeeded only: undoing a step that failed because its object existed would
 *   remove somebody else's.
 */
export async function runStep(
  process: StepProcess,
  around: StepSurroundings,
  undoOne: (undo: Undo) => Promise<void>,
): Promise<readonly Undo[]> {
  const undos = process.steps.map(undoOf).filter((undo) => undo !== undefined);
  // What makes something outside is not killed: nobody could say how far it had come.
  const signal = undos.length > 0 ? undefined : around.waits.signal;
  const terminationMs = process.plugin === undefined ? undefined : PLUGIN_TERMINATION_MS;
  const run = async () => {
    const options = { ...process, signal, terminationMs };
    const output = await around.lab.run(process.namespace, process.command, options).catch(async (error) => {
      if (wasKilled(error)) for (const undo of undos) await undoOne(undo).catch(() => {});
      throw error;
    });
    if (process.plugin !== undefined) checkPluginOutput(process.plugin, output.stdout);
    if (process.output !== undefined) writeOutput(process.output, around.directory.path, output.stdout);
  };
  try {
    const { waitsFor, timeoutMs = DEFAULT_TIMEOUT_MS } = process;
    await (waitsFor === undefined ? run() : around.waits.during(waitsFor, timeoutMs, run));
    for (const { remark } of process.steps) if (remark !== undefined) around.notes.remarks.add(remark);
    return undos;
  } catch (error) {
    around.waits.check();
    const refused = stepError(around.kind, process, error, around.modules);
    const failure = (await tunnelPortError(around.kind, process, refused, around.lab)) ?? refused;
    if (process.mayFail !== true || !(failure instanceof VnetperfError)) throw failure;
    around.notes.warnings.push(failure);
    return [];
  }
}
