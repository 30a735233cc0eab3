import { engineCommand } from './places/open-place.js';
import {
  type AdoptStep,
  type Argument,
  type CommandStep,
  type DaemonStep,
  diesWithNamespace,
  type Plan,
  type Step,
} from './plan.js';
import { DIRECTORY_VARIABLE, quoted, ShellWords } from './shell-words.js';

const READY_PAUSE_SECONDS = 0.1;
const TERMINATION_SECONDS = 5;
const BASE64_COLUMNS = 76;

/**
 * The plan as a POSIX shell script that builds the same network by hand in named namespaces and, in its second half,
 * removes it. Either half can be run alone.
 * @param prefix Stands before each namespace's name.
 */
export function shellScript(plan: Plan, prefix = 'vnp'): string {
  const words = new ShellWords(prefix);
  const setDirectory = `${DIRECTORY_VARIABLE}="\${TMPDIR:-/tmp}"/${quoted(`${prefix}-${plan.kind}`)}`;
  const usesDirectory = plan.steps.some(needsDirectory);
  const build = [
    ...(usesDirectory ? [setDirectory, `mkdir -m 700 "$${DIRECTORY_VARIABLE}"`] : []),
    ...plan.namespaces.map((namespace) => `ip netns add ${quoted(words.netns(namespace))}`),
    ...plan.steps.flatMap((step) => buildLines(step, words)),
  ];
  const remove = [
    ...(usesDirectory ? [setDirectory] : []),
    ...plan.steps.toReversed().flatMap((step) => removeLines(step, words)),
    ...plan.namespaces.toReversed().map((namespace) => `ip netns del ${quoted(words.netns(namespace))}`),
    ...(usesDirectory ? [`rm -r "$${DIRECTORY_VARIABLE}"`] : []),
  ];
  return [
    '#!/bin/sh',
    `# ${plan.kind}: ${plan.summary}. Build:`,
    'set -eu',
    ...build,
    '',
    ...measureLines(plan, words),
    '',
    '# Remove:',
    ...remove,
    '',
  ].join('\n');
}

function measureLines({ client, server, target }: Plan, words: ShellWords): string[] {
  const [serverPort, port] = [target?.serverPort, target?.port].map((at) => (at === undefined ? '' : ` -p ${at}`));
  const serve = `ip netns exec ${words.netns(server.namespace)} vnetperf -s -1${serverPort}`;
  const ask = `ip netns exec ${words.netns(client.namespace)} vnetperf -c ${target?.ipv4 ?? server.ipv4}${port}`;
  return [`# Measure from here on, in two terminals: ${serve}`, `#                                         ${ask}`];
}

function buildLines(step: Step, words: ShellWords): string[] {
  switch (step.type) {
    case 'adopt':
      return [adoptLine(step, words.netns(step.as))];
    case 'daemon':
      return startLines(step, words);
    default:
      return commandLines(step, words);
  }
}

function removeLines(step: Step, words: ShellWords): string[] {
  switch (step.type) {
    case 'adopt':
      return [`ip netns del ${quoted(words.netns(step.as))}`];
    case 'daemon':
      return stopLines(step);
    default:
      return step.undo === diesWithNamespace ? [] : [words.command(step.namespace, step.undo, step.environment)];
  }
}

/** Bytes for standard input stand in the script as text that survives every terminal and editor. */
function commandLines({ namespace, command, environment, input }: CommandStep, words: ShellWords): string[] {
  const line = words.command(namespace, command, environment);
  if (input === undefined) return [line];
  const text = Buffer.from(input).toString('base64');
  const lines = text.match(new RegExp(`.{1,${BASE64_COLUMNS}}`, 'g')) ?? [];
  return [`base64 -d <<'END' | ${line}`, ...lines, 'END'];
}

/** A namespace that has an owner is given a second name; taking that away leaves it to its owner. */
function adoptLine({ from }: AdoptStep, netns: string): string {
  const attach = `ip netns attach ${quoted(netns)}`;
  switch (from.type) {
    case 'container': {
      const engine = engineCommand(from.engine).map(quoted).join(' ');
      return `${attach} "$(${engine} inspect --format '{{.State.Pid}}' ${quoted(from.container)})"`;
    }
    case 'netns':
      return `nsenter ${quoted(`--net=/run/netns/${from.name}`)} sh -c ${quoted(`${attach} $$`)}`;
    case 'pid':
      return `${attach} ${from.pid}`;
    case 'host':
      return `${attach} $$`;
  }
}

function startLines({ name, namespace, command, environment, ready, readyTimeoutMs }: DaemonStep, words: ShellWords) {
  const attempts = Math.ceil(readyTimeoutMs / 1000 / READY_PAUSE_SECONDS);
  return [
    `${words.command(namespace, command, environment)} </dev/null >${inDirectory(`${name}.log`)} 2>&1 &`,
    `echo $! >${inDirectory(`${name}.pid`)}`,
    'attempt=0',
    `until ${words.command(namespace, ready, environment)} >/dev/null 2>&1; do`,
    '  attempt=$((attempt + 1))',
    `  [ $attempt -le ${attempts} ] || { cat ${inDirectory(`${name}.log`)} >&2; exit 1; }`,
    `  sleep ${READY_PAUSE_SECONDS}`,
    'done',
  ];
}

/**
 * The shell that started it must take note of its end; any other can only look until it is gone, or a zombie whose
 * parent takes its time.
 */
function stopLines({ name }: DaemonStep): string[] {
  const attempts = Math.ceil(TERMINATION_SECONDS / READY_PAUSE_SECONDS);
  return [
    `pid=$(cat ${inDirectory(`${name}.pid`)})`,
    'kill "$pid"',
    'wait "$pid" 2>/dev/null || true',
    'attempt=0',
    'while grep -q \'^State:.[^ZX]\' "/proc/$pid/status" 2>/dev/null; do',
    '  attempt=$((attempt + 1))',
    `  [ $attempt -le ${attempts} ] || kill -9 "$pid" || break`,
    `  sleep ${READY_PAUSE_SECONDS}`,
    'done',
  ];
}

function inDirectory(file: string): string {
  return `"$${DIRECTORY_VARIABLE}"${quoted(`/${file}`)}`;
}

function needsDirectory(step: Step): boolean {
  if (step.type === 'adopt') return false;
  if (step.type === 'daemon') return true;
  const undo = step.undo === diesWithNamespace ? [] : step.undo;
  const words: Argument[] = [...step.command, ...undo, ...Object.values(step.environment ?? {})];
  return words.some((word) => typeof word !== 'string' && 'file' in word);
}
