import { engineCommand } from './places/open-place.js';
import {
  type AdoptStep,
  type Argument,
  type CommandStep,
  type DaemonStep,
  diesWithNamespace,
  type Plan,
  START_LIMIT_MS,
  type Step,
  type TextInput,
} from './plan.js';
import { DIRECTORY_VARIABLE, quoted, ShellWords } from './shell-words.js';

const READY_PAUSE_SECONDS = 0.1;
const TERMINATION_SECONDS = 5;
const BASE64_COLUMNS = 76;
const PLAIN_LINES = /^(?:[ -~]{1,200}\n)+$/;

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
    // What one line cannot remove keeps no other from removing the rest.
    'set +e',
    ...remove,
    '',
  ].join('\n');
}

function measureLines({ client, server, target }: Plan, words: ShellWords): string[] {
  const known = target?.ipv4 ?? server.ipv4;
  const address = known ?? 'ADDRESS';
  const [serverPort, port] = [target?.serverPort, target?.port].map((at) => (at === undefined ? '' : ` -p ${at}`));
  const serve = `ip netns exec ${words.netns(server.namespace)} vnetperf -s -1${serverPort}`;
  const ask = `ip netns exec ${words.netns(client.namespace)} vnetperf -c ${address}${port}`;
  const look = `ip -n ${words.netns(server.namespace)} address show dev ${server.interface}`;
  return [
    `# Measure from here on, in two terminals: ${serve}`,
    `#                                         ${ask}`,
    ...(known === undefined ? [`# where ADDRESS is in the answer to: ${look}`] : []),
  ];
}

function buildLines(step: Step, words: ShellWords): string[] {
  switch (step.type) {
    case 'adopt':
      return [adoptLine(step, words.netns(step.as))];
    case 'daemon':
      return startLines(step, words);
    case 'undo':
      return [];
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
    case 'undo':
      return [`${inputLine(step.inputText)}${words.command(step.namespace, step.command, step.environment)}`];
    default:
      return step.undo === diesWithNamespace ? [] : [words.command(step.namespace, step.undo, step.environment)];
  }
}

/**
 * Bytes for standard input stand in the script as text that survives every terminal and editor: as they are where
 * they are lines of such text.
 */
function commandLines(
  { namespace, command, environment, input, inputText, output, mayFail }: CommandStep,
  words: ShellWords,
): string[] {
  const kept = output === undefined ? '' : ` >${inDirectory(output)}`;
  const line = `${words.command(namespace, command, environment)}${kept}${mayFail ? ' || true' : ''}`;
  if (input === undefined) return [`${inputLine(inputText)}${line}`];
  const plain = Buffer.from(input).toString('latin1');
  if (PLAIN_LINES.test(plain) && !plain.includes('END\n'))
    return [`${line} <<'END'`, ...plain.split('\n').slice(0, -1), 'END'];
  const text = Buffer.from(input).toString('base64');
  const lines = text.match(new RegExp(`.{1,${BASE64_COLUMNS}}`, 'g')) ?? [];
  return [`base64 -d <<'END' | ${line}`, ...lines, 'END'];
}

function inputLine(input: TextInput = []): string {
  if (input.length === 0) return '';
  const parts = input.map((part) => {
    if (typeof part === 'string') return `printf %s ${quoted(part)}`;
    const file = inDirectory(part.file);
    return `if [ -e ${file} ]; then printf %s ${quoted(part.before)}; cat ${file}; fi`;
  });
  return `${parts.length === 1 ? parts[0] : `{ ${parts.join('; ')}; }`} | `;
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
    case 'file': {
      const path = typeof from.path === 'string' ? quoted(from.path) : inDirectory(from.path.file);
      return `nsenter --net=${path} sh -c ${quoted(`${attach} $$`)}`;
    }
    case 'pid':
      return `${attach} ${from.pid}`;
    case 'host':
      return `${attach} $$`;
  }
}

function startLines({ name, namespace, command, environment, ready, ...step }: DaemonStep, words: ShellWords) {
  const attempts = Math.ceil((step.readyTimeoutMs ?? START_LIMIT_MS) / 1000 / READY_PAUSE_SECONDS);
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
  if (step.type === 'daemon' || step.type === 'undo' || step.output !== undefined) return true;
  const undo = step.undo === diesWithNamespace ? [] : step.undo;
  const words: Argument[] = [...step.command, ...undo, ...Object.values(step.environment ?? {})];
  return words.some((word) => typeof word !== 'string' && 'file' in word);
}
