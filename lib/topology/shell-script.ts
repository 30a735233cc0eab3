import { type Argument, type Command, type CommandStep, diesWithNamespace, type Plan } from './plan.js';

/**
 * The plan as a POSIX shell script that builds the same network by hand in named namespaces and, in its second half,
 * removes it. Either half can be run alone.
 * @param prefix Stands before each namespace's name.
 */
export function shellScript(plan: Plan, prefix = 'vnp'): string {
  const nameOf = (namespace: string) => `${prefix}-${namespace}`;
  const line = (namespace: string | null, command: Command) =>
    namespaced(namespace === null ? null : nameOf(namespace), command)
      .map((argument) =>
        quoted(
          typeof argument === 'string'
            ? argument
            : 'namespace' in argument
              ? nameOf(argument.namespace)
              : argument.file,
        ),
      )
      .join(' ');

  const steps = plan.steps.filter((step): step is CommandStep => step.type === undefined);
  const build = [
    ...plan.namespaces.map((namespace) => `ip netns add ${quoted(nameOf(namespace))}`),
    ...steps.map((step) => line(step.namespace, step.command)),
  ];
  const remove = [
    ...steps.toReversed().flatMap((step) => (step.undo === diesWithNamespace ? [] : [line(step.namespace, step.undo)])),
    ...plan.namespaces.toReversed().map((namespace) => `ip netns del ${quoted(nameOf(namespace))}`),
  ];
  const server = `ip netns exec ${nameOf(plan.server.namespace)} vnetperf -s -1`;
  const client = `ip netns exec ${nameOf(plan.client.namespace)} vnetperf -c ${plan.server.ipv4}`;
  return [
    '#!/bin/sh',
    `# ${plan.kind}: ${plan.summary}. Build:`,
    'set -eu',
    ...build,
    '',
    `# Measure from here on, in two terminals: ${server}`,
    `#                                         ${client}`,
    '',
    '# Remove:',
    ...remove,
    '',
  ].join('\n');
}

/** How an operator says where a command runs: ip has an option for it, everything else is entered from outside. */
function namespaced(name: string | null, command: Command): readonly Argument[] {
  if (name === null) return command;
  const [program, ...rest] = command;
  return program === 'ip' ? ['ip', '-n', name, ...rest] : ['nsenter', `--net=/run/netns/${name}`, ...command];
}

function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
