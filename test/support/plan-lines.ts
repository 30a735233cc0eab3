import type { Argument, Command, Plan } from '../../lib/topology/plan.js';

/** A word of a plan's command; what stands for a namespace in angle brackets, for a file in braces. */
function word(argument: Argument): string {
  if (typeof argument === 'string') return argument;
  return 'namespace' in argument ? `<${argument.namespace}>` : `${argument.before ?? ''}{${argument.file}}`;
}

const typed = (command: Command) => command.map(word).join(' ');

/** Every command of a plan, behind the namespace it runs in. */
export function planLines(plan: Plan): string[] {
  return plan.steps.flatMap((step) => (step.type === 'adopt' ? [] : [`${step.namespace}: ${typed(step.command)}`]));
}
