import { type Command, type CommandStep, diesWithNamespace, type Step } from './plan.js';

/** One child process: a command alone, or several of ip's commands in the same namespace as one batch. */
export interface StepProcess
  extends Pick<
    CommandStep,
    'input' | 'inputText' | 'output' | 'environment' | 'timeoutMs' | 'waitsFor' | 'plugin' | 'mayFail'
  > {
  type?: undefined;
  namespace: string | null;
  steps: readonly CommandStep[];
  command: Command;
  /** One line of standard input each; empty = none. */
  lines: readonly Command[];
}

/**
 * The steps in their order, with neighbours joined where ip can take them in one go: starting a process costs more
 * than anything these commands do.
 */
export function stepProcesses(steps: readonly Step[]): (StepProcess | Exclude<Step, CommandStep>)[] {
  const runs: (CommandStep[] | Exclude<Step, CommandStep>)[] = [];
  for (const step of steps) {
    if (step.type !== undefined) {
      runs.push(step);
      continue;
    }
    const last = runs.at(-1);
    const previous = Array.isArray(last) ? last[0]! : undefined;
    const joins = previous !== undefined && previous.namespace === step.namespace && batchable(previous);
    if (joins && batchable(step)) (last as CommandStep[]).push(step);
    else runs.push([step]);
  }
  return runs.map((run) => {
    if (!Array.isArray(run)) return run;
    const [first] = run as [CommandStep];
    const { namespace, input, inputText, output, environment, timeoutMs, waitsFor, plugin, mayFail } = first;
    const common = {
      namespace,
      steps: run,
      input,
      inputText,
      output,
      environment,
      timeoutMs,
      waitsFor,
      plugin,
      mayFail,
    };
    if (run.length === 1) return { ...common, command: first.command, lines: [] };
    return {
      ...common,
      command: ['ip', '-batch', '-'],
      lines: run.map((step) => step.command.slice(1) as unknown as Command),
    };
  });
}

/**
 * A batch line is split at white space, and quotes, # and backslash mean something in it; options cannot be in it.
 * What has an undo of its own goes alone: of a batch that fails nobody could say for sure what there is to undo.
 */
function batchable({ command, undo, input, inputText, output, environment, mayFail }: CommandStep): boolean {
  if (undo !== diesWithNamespace || mayFail) return false;
  if ([input, inputText, output, environment].some((part) => part !== undefined)) return false;
  const [program, first, ...rest] = command;
  if (program !== 'ip' || typeof first !== 'string' || first.startsWith('-')) return false;
  return [first, ...rest].every((argument) => typeof argument !== 'string' || /^[^\s"'#\\]+$/.test(argument));
}

/** Which step of a batch failed, by what ip wrote to stderr; the first one where it does not say. */
export function failedStep(process: StepProcess, stderr: string): CommandStep {
  const line = /^Command failed -:(\d+)$/m.exec(stderr)?.[1];
  return process.steps[line === undefined ? 0 : Number(line) - 1] ?? process.steps[0]!;
}
