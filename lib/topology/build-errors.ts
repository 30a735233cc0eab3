import { TopologyError, VnetperfError } from '../errors.js';
import type { NativeSystemError } from '../platform/native.js';
import { CommandError, DEFAULT_TIMEOUT_MS } from '../platform/run-command.js';
import { pluginError } from './cni/plugin-error.js';
import { engineStepError } from './containers/engine-errors.js';
import type { Argument, CommandStep } from './plan.js';
import { failedStep, type StepProcess } from './step-processes.js';

/** An argument as a person would read it. */
function wordOf(argument: Argument): string {
  if (typeof argument === 'string') return argument;
  return 'namespace' in argument ? argument.namespace : `${argument.before ?? ''}${argument.file || '.'}`;
}

/** What it means that a process of a plan failed. */
export function stepError(kind: string, process: StepProcess, error: unknown, modules: readonly string[]): unknown {
  if (error instanceof CommandError) return buildError(kind, failedStep(process, error.stderr), error, modules);
  return isTimeout(error) ? timeoutError(kind, process.steps[0]!, error) : error;
}

/** Whether a command ended before it had come to its end. */
export function wasKilled(error: unknown): boolean {
  return isTimeout(error) || (error instanceof CommandError && error.exitStatus === null);
}

function isTimeout(error: unknown): error is VnetperfError {
  return error instanceof VnetperfError && error.code === 'ERR_COMMAND_TIMEOUT';
}

function buildError(kind: string, step: CommandStep, error: CommandError, modules: readonly string[]): VnetperfError {
  if (step.plugin !== undefined) return pluginError(step.plugin, error);
  const said = error.stderr
    .replaceAll(/^Command failed -:\d+$/gm, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, '; ');
  if (step.meaning !== undefined) {
    const { code, message, remedy } = step.meaning;
    return new TopologyError(`${beginning(kind, step)}: ${message}${said === '' ? '' : `: ${said}`}`, {
      code,
      remedy,
      cause: error,
    });
  }
  const refused = engineStepError(kind, step.command, error.stderr, error);
  if (refused !== undefined) return refused;
  // What rtnetlink and nft say of a type whose module is neither loaded nor there to be loaded.
  const unknownType = /Unknown device type|Operation not supported|Protocol not supported|process rule: No such file/.test(said);
  const module = deviceType(step);
  if (unknownType && module !== undefined && modules.includes(module)) return moduleMissing(kind, module, error);
  return new TopologyError(`${beginning(kind, step)}: ${typed(step)} says: ${said || error.message}`, {
    code: 'ERR_TOPOLOGY_BUILD',
    remedy:
      unknownType && modules.length > 0
        ? `Load what the kernel lacks with: modprobe -a ${modules.join(' ')}`
        : `See every command with --dry-run, and try this one by hand.`,
    cause: error,
  });
}

function timeoutError(kind: string, step: CommandStep, cause: Error): VnetperfError {
  const limit = `${(step.timeoutMs ?? DEFAULT_TIMEOUT_MS) / 1000} s`;
  const { waitsFor, meaning } = step;
  const what =
    waitsFor === undefined ? `${typed(step)} did not end within ${limit}` : `waited ${limit} in vain for ${waitsFor}`;
  return new TopologyError(`${beginning(kind, step)}: ${what}${meaning === undefined ? '' : `: ${meaning.message}`}`, {
    code: meaning?.code ?? 'ERR_COMMAND_TIMEOUT',
    remedy: meaning?.remedy ?? 'See every command with --dry-run, and whether this one ends when typed by hand.',
    cause,
  });
}

function beginning(kind: string, { mayFail }: CommandStep): string {
  return mayFail === true ? kind : `${kind} cannot be built`;
}

function typed({ command, namespace }: CommandStep): string {
  const where = namespace === null ? '' : ` in its namespace ${namespace}`;
  return `"${command.map((word) => wordOf(word)).join(' ')}"${where}`;
}

/** Of the device that a command of ip's makes: the word by which its module is called too. */
function deviceType({ command }: CommandStep): string | undefined {
  const type = command.indexOf('type');
  const word = command[0] === 'ip' && type > 0 ? command[type + 1] : undefined;
  return typeof word === 'string' ? word : undefined;
}

function moduleMissing(kind: string, module: string, cause: Error): VnetperfError {
  return new TopologyError(`${kind} needs the kernel module ${module}, which this kernel does not have loaded`, {
    code: 'ERR_KERNEL_MODULE',
    remedy: `Load it with: modprobe ${module}; where there is none, the kernel was built without it.`,
    cause,
  });
}

export function namespaceError(kind: string, error: NativeSystemError): VnetperfError {
  switch (error.code) {
    case 'EPERM':
      return new TopologyError(`${kind} needs network namespaces, and this process may not make any`, {
        code: 'ERR_NO_PERMISSION',
        remedy: 'Run it as root, with CAP_SYS_ADMIN and CAP_NET_ADMIN, or under: unshare --user --map-root-user --net',
        errno: error.errno,
        cause: error,
      });
    case 'ENOSPC':
      return new TopologyError(`${kind} needs one more network namespace than this user may have`, {
        code: 'ERR_NAMESPACE',
        remedy: 'Raise the limit with: sysctl -w user.max_net_namespaces=1024',
        errno: error.errno,
        cause: error,
      });
    default:
      return new TopologyError(`${kind} cannot make a network namespace: ${error.message}`, {
        code: 'ERR_NAMESPACE',
        remedy: 'The kernel must be built with CONFIG_NET_NS.',
        errno: error.errno,
        cause: error,
      });
  }
}

/** @param stuck Whether anything of it is still there, which a plugin that failed is no sign of. */
export function removalError(kind: string, cause: Error, stuck: boolean): VnetperfError {
  if (!stuck) {
    return new TopologyError(`${cause.message}; the namespaces and files of ${kind} are gone all the same`, {
      code: 'ERR_TOPOLOGY_REMOVAL',
      remedy: "Look at what the plugin's address manager keeps elsewhere, if it does: leases of a server, for example.",
      cause,
    });
  }
  return new TopologyError(`not all of ${kind} could be removed: ${cause.message}`, {
    code: 'ERR_TOPOLOGY_REMOVAL',
    remedy: 'Run that command by hand once its cause is gone.',
    cause,
  });
}
