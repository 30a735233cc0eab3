import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { VnetperfError } from '../errors.js';
import { CommandError, commandMissing, locateCommand, runCommand } from '../platform/run-command.js';
import { stateDirectory } from '../topology/state-directory.js';
import { runInPlace } from './child-in-place.js';

/** Set for the process inside the user namespace: were it without privileges too, it must not start another. */
const MARKER = 'VNETPERF_ROOTLESS';

/** To join namespaces and to configure interfaces in them: bits of linux/capability.h. */
const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Whether this process and the commands it runs may not build networks. A user other than root passes capabilities
 * on to commands only as ambient ones, so those that the node binary itself was given do not count.
 */
export function needsRootless(status: string = readFileSync('/proc/self/status', 'utf8')): boolean {
  const effectiveUser = /^Uid:\t\d+\t(\d+)/m.exec(status)?.[1];
  const mask = new RegExp(`^${effectiveUser === '0' ? 'CapEff' : 'CapAmb'}:\t([0-9a-f]+)$`, 'm').exec(status)?.[1];
  const capabilities = BigInt(`0x${mask ?? '0'}`);
  return [CAP_NET_ADMIN, CAP_SYS_ADMIN].some((bit) => ((capabilities >> bit) & 1n) === 0n);
}

/**
 * Runs this program again as root of a user and network namespace of its own, with the same standard streams, and says
 * so on stderr. The second process dies with this one.
 * @param argv Arguments behind the program's own path.
 * @param entry The program.
 * @returns The exit status to end with; 128 + the signal's number when a signal ended it.
 * Throws VnetperfError ERR_ROOTLESS where user namespaces are forbidden, ERR_COMMAND_MISSING without util-linux.
 */
export async function rerunRootless(argv: readonly string[], entry: string = process.argv[1]!): Promise<number> {
  if (process.env[MARKER] !== undefined) {
    throw new VnetperfError('the user namespace gives no right to build networks', {
      code: 'ERR_ROOTLESS',
      remedy: 'Run vnetperf as root.',
    });
  }
  for (const command of ['unshare', 'setpriv']) {
    if (locateCommand(command) === undefined)
      throw commandMissing(command, 'building a network without root privileges');
  }
  const enter = ['unshare', '--user', '--map-root-user', '--net', '--'] as const;
  await runCommand([...enter, 'true']).catch((error) => {
    throw error instanceof CommandError ? forbidden(error) : error;
  });

  process.stderr.write(
    'vnetperf: no root privileges, so the network is built in a user namespace (unshare --user --net)\n',
  );
  // A child in a session of its own does not get the terminal's Ctrl-C: each signal reaches it once, through us.
  const start = () =>
    spawn(
      locateCommand('setpriv')!,
      ['--pdeathsig', 'KILL', ...enter, process.execPath, ...process.execArgv, entry, ...argv],
      {
        stdio: 'inherit',
        detached: true,
        // Root of a user namespace may write no more of /run than the user outside.
        env: { ...process.env, [MARKER]: '1', VNETPERF_STATE_DIRECTORY: stateDirectory() },
      },
    );
  const stop = (child: ChildProcess) => {
    child.kill('SIGSTOP');
    process.kill(process.pid, 'SIGSTOP');
  };
  return await runInPlace(start, [
    ...FORWARDED_SIGNALS.map((signal) => [signal, (child: ChildProcess) => child.kill(signal)] as const),
    ['SIGTSTP', stop],
    ['SIGCONT', (child) => child.kill('SIGCONT')],
  ]);
}

/** Who forbids it decides what to do about it. The kernel's own settings are asked first, confinement is what is left. */
function forbidden(cause: CommandError): VnetperfError {
  const [why, remedy] = reason(cause);
  return new VnetperfError(`building a network without root privileges needs user namespaces, and ${why}`, {
    code: 'ERR_ROOTLESS',
    remedy: `${remedy}, or run vnetperf as root.`,
    cause,
  });
}

function reason(cause: CommandError): [why: string, remedy: string] {
  if (setting('/proc/sys/kernel/unprivileged_userns_clone') === '0') {
    return ['kernel.unprivileged_userns_clone is 0', 'Allow them with: sysctl -w kernel.unprivileged_userns_clone=1'];
  }
  for (const kind of ['user', 'net']) {
    if (setting(`/proc/sys/user/max_${kind}_namespaces`) === '0') {
      return [`user.max_${kind}_namespaces is 0`, `Allow them with: sysctl -w user.max_${kind}_namespaces=1024`];
    }
  }
  if (setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return [
      'AppArmor restricts them (kernel.apparmor_restrict_unprivileged_userns is 1)',
      'Allow them with: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    ];
  }
  if (/^Seccomp:\t2$/m.test(setting('/proc/self/status') ?? '')) {
    return [
      'the seccomp filter of this container forbids them',
      'Start the container with --security-opt seccomp=unconfined',
    ];
  }
  return [`they cannot be had here (${cause.stderr})`, 'Ask who runs this machine'];
}

function setting(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
