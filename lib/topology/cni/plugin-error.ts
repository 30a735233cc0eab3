import { TopologyError } from '../../errors.js';
import type { CommandError } from '../../platform/run-command.js';
import type { PluginCall } from '../plan.js';
import { isObject, parseJson } from './json.js';

/** timeout(1): the time was over; and with 128 + SIGKILL, what SIGTERM did not end. */
const TIMED_OUT = [124, 137];
/** Well-known error codes of the specification, section "Error". */
const INCOMPATIBLE_VERSION = 1;
const LONGEST_QUOTE = 300;

/** What a plugin that failed says of it. */
export function pluginError(call: PluginCall, error: Pick<CommandError, 'stdout' | 'stderr' | 'exitStatus'>) {
  const said = errorIn(error.stdout);
  return new TopologyError(`${sentenceStart(call)} says: ${said?.text ?? withoutWords(call, error)}`, {
    code: 'ERR_CNI_PLUGIN',
    remedy:
      said?.code === INCOMPATIBLE_VERSION
        ? `Give ${call.configuration} a "cniVersion" that this plugin knows.`
        : `Look at "${call.type}" in ${call.configuration}; every call is seen with --dry-run.`,
    cause: error,
  });
}

/** Throws VnetperfError ERR_CNI_PLUGIN where a plugin that succeeded has not said what it made. */
export function checkPluginOutput(call: PluginCall, stdout: string): void {
  if (call.verb !== 'ADD' || isObject(parseJson(stdout))) return;
  const instead = stdout.trim() === '' ? 'nothing' : `"${quote(stdout)}"`;
  throw new TopologyError(`${sentenceStart(call)} succeeded and gave ${instead} instead of a result in JSON`, {
    code: 'ERR_CNI_PLUGIN',
    remedy: 'A plugin prints its result, or the one before it, on standard output and nothing else there.',
  });
}

function sentenceStart({ verb, type, container }: PluginCall): string {
  return `the CNI plugin ${type}, called with ${verb} for the container ${container},`;
}

interface SaidError {
  text: string;
  code: number | undefined;
}

/** The specification's `{"cniVersion": ..., "code": 7, "msg": "...", "details": "..."}`. */
function errorIn(stdout: string): SaidError | undefined {
  const error = parseJson(stdout);
  if (!isObject(error)) return undefined;
  const { code, msg, details } = error;
  const words = [msg, details].filter((text) => typeof text === 'string' && text.trim() !== '') as string[];
  if (words.length === 0 && typeof code !== 'number') return undefined;
  const number = typeof code === 'number' ? [`code ${code}`] : [];
  const text =
    words.length === 0 ? number[0]! : `${words.map(quote).join(': ')}${number.map((it) => ` (${it})`).join('')}`;
  return { text, code: typeof code === 'number' ? code : undefined };
}

function withoutWords(
  { timeLimitSeconds }: PluginCall,
  { stdout, stderr, exitStatus }: Pick<CommandError, 'stdout' | 'stderr' | 'exitStatus'>,
) {
  const words = quote(stderr === '' ? stdout : stderr);
  if (exitStatus !== null && TIMED_OUT.includes(exitStatus)) {
    return `nothing within ${timeLimitSeconds} s, and was ended${words === '' ? '' : `: ${words}`}`;
  }
  if (words !== '') return words;
  return exitStatus === null ? 'nothing, and was ended by a signal' : `nothing, and ended with status ${exitStatus}`;
}

function quote(text: string): string {
  const line = text.trim().replaceAll(/\s*\n\s*/g, '; ');
  return line.length <= LONGEST_QUOTE ? line : `${line.slice(0, LONGEST_QUOTE)}...`;
}
