import { VnetperfError } from '../errors.js';
import type { NativeSystemError } from '../platform/native.js';
import type { CommandError } from '../platform/run-command.js';
import { engineError, engineOf } from './containers/engine-errors.js';
import type { Argument, CommandStep } from './plan.js';

/** An argument as a person would read it. */
function wordOf(argument: Argument): string {
  if (typeof argument === 'string') return argument;
  return 'namespace' in argument ? argument.namespace : `${argument.before ?? ''}${argument.file || '.'}`;
}

export function buildError(
  kind: string,
  step: CommandStep,
  error: CommandError,
  modules: readonly string[],
): VnetperfError {
  const said = error.stderr
    .replaceAll(/^Command failed -:\d+$/gm, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, '; ');
  if (step.meaning !== undefined) {
    const { code, message, remedy } = step.meaning;
    return new VnetperfError(`${kind} cannot be built: ${message}${said === '' ? '' : `: ${said}`}`, {
      code,
      remedy,
      cause: error,
    });
  }
  const engine = engineOf(step.command);
  const refused = engine === undefined ? undefined : engineError(kind, engine, error.stderr, error);
  if (refused !== undefined) return refused;
  // What rtnetlink and nft say of a type whose module is neither loaded nor there to be loaded.
  const unknownType = /Unknown device type|Operation not supported|Protocol not supported|process rule: No such file/.test(said);
  const module = deviceType(step);
  if (unknownType && module !== undefined && modules.includes(module)) return moduleMissing(kind, module, error);
  const typed = step.command.map((word) => wordOf(word)).join(' ');
  const where = step.namespace === null ? '' : ` in its namespace ${step.namespace}`;
  return new VnetperfError(`${kind} cannot be built: "${typed}"${where} says: ${said || error.message}`, {
    code: 'ERR_TOPOLOGY_BUILD',
    remedy:
      unknownType && modules.length > 0
        ? `Load what the kernel lacks with: modprobe -a ${modules.join(' ')}`
        : `See every command with --dry-run, and try this one by hand.`,
    cause: error,
  });
}

/** Of the device that a command of ip's makes: the word by which its module is called too. */
function deviceType({ command }: CommandStep): string | undefined {
  const type = command.indexOf('type');
  const word = command[0] === 'ip' && type > 0 ? command[type + 1] : undefined;
  return typeof word === 'string' ? word : undefined;
}

function moduleMissing(kind: string, module: string, cause: Error): VnetperfError {
  return new VnetperfError(`${kind} needs the kernel module ${module}, which this kernel does not have loaded`, {
    code: 'ERR_KERNEL_MODULE',
    remedy: `Load it with: modprobe ${module}; where there is none, the kernel was built without it.`,
    cause,
  });
}

export function namespaceError(kind: string, error: NativeSystemError): VnetperfError {
  switch (error.code) {
    case 'EPERM':
      return new VnetperfError(`${kind} needs network namespaces, and this process may not make any`, {
        code: 'ERR_NO_PERMISSION',
        remedy: 'Run it as root, with CAP_SYS_ADMIN and CAP_NET_ADMIN, or under: unshare --user --map-root-user --net',
        errno: error.errno,
        cause: error,
      });
    case 'ENOSPC':
      return new VnetperfError(`${kind} needs one more network namespace than this user may have`, {
        code: 'ERR_NAMESPACE',
        remedy: 'Raise the limit with: sysctl -w user.max_net_namespaces=1024',
        errno: error.errno,
        cause: error,
      });
    default:
      return new VnetperfError(`${kind} cannot make a network namespace: ${error.message}`, {
        code: 'ERR_NAMESPACE',
        remedy: 'The kernel must be built with CONFIG_NET_NS.',
        errno: error.errno,
        cause: error,
      });
  }
}
