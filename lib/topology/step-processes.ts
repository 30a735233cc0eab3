import { type Command, diesWithNamespace, type Step } from './plan.js';

/** One child process: a command alone, or several of ip's commands in the same namespace as one batch. */
export interface StepProcess {
  namespace: string | null;
  steps: readonly Step[];
  command: Command;
  /** One line of standard input each; empty = none. */
  input: readonly Command[];
}

/**
 * The steps in their order, with neighbours joined where ip can take them in one go: starting a process costs more
 * than anything these commands do.
 */
export function stepProcesses(steps: readonly Step[]): StepProcess[] {
  const runs: Step[][] = [];
  for (const step of steps) {
    const previous = runs.at(-1)?.[0];
    const joins = previous !== undefined && previous.namespace === step.namespace && batchable(previous);
    if (joins && batchable(step)) runs.at(-1)!.push(step);
    else runs.push([step]);
  }
  return runs.map((run) => {
    const [first] = run as [Step];
    if (run.length === 1) return { namespace: first.namespace, steps: run, command: first.command, input: [] };
    return {
      namespace: first.namespace,
      steps: run,
      command: ['ip', '-batch', '-'],
      input: run.map((step) => step.command.slice(1) as unknown as Command),
    };
  });
}

/**
 * A batch line is split at white space, and quotes, # and backslash mean something in it; options cannot be in it.
 * What has an undo of its own goes alone: of a batch that fails nobody could say for sure what there is to undo.
 */
function batchable({ command: [program, first, ...rest], undo }: Step): boolean {
  if (undo !== diesWithNamespace || program !== 'ip' || typeof first !== 'string' || first.startsWith('-'))
    return false;
  return [first, ...rest].every((argument) => typeof argument !== 'string' || /^[^\s"'#\\]+$/.test(argument));
}

/** Which step of a batch failed, by what ip wrote to stderr; the first one where it does not say. */
export function failedStep(process: StepProcess, stderr: string): Step {
  const line = /^Command failed -:(\d+)$/m.exec(stderr)?.[1];
  return process.steps[line === undefined ? 0 : Number(line) - 1] ?? process.steps[0]!;
}
