import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { InterruptedError, TopologyError, VnetperfError } from '../errors.js';

export const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_OUTPUT_LIMIT_BYTES = 4 * 1024 * 1024;

export interface CommandOptions {
  /** Written to the command's standard input, which is then closed. */
  input?: string | Uint8Array | undefined;
  /** Added to this process's own. */
  environment?: Readonly<Record<string, string>> | undefined;
  /** Descriptors the command finds as 3, 4, 5 ... and so as /proc/self/fd/3 and on. */
  descriptors?: readonly number[] | undefined;
  /** After this the command is killed. */
  timeoutMs?: number | undefined;
  /** Instead of SIGKILL at once it gets SIGTERM, and this long to end what it has started. */
  terminationMs?: number | undefined;
  /** More output than this on either stream is an error. */
  outputLimitBytes?: number | undefined;
  /** Aborting kills the command. */
  signal?: AbortSignal | undefined;
}

/** What a command printed. */
export interface CommandOutput {
  /** On standard output. */
  stdout: string;
  /** On standard error. */
  stderr: string;
}

/** A command that ended otherwise than with status 0. */
export class CommandError extends VnetperfError {
  readonly argv: readonly string[];
  /** What the command wrote to stderr, without white space around it. */
  readonly stderr: string;
  /** The same of stdout. */
  readonly stdout: string;
  /** null: ended by a signal. */
  readonly exitStatus: number | null;

  constructor(
    argv: readonly string[],
    { stdout, stderr }: CommandOutput,
    exitStatus: number | null,
    signal: NodeJS.Signals | null,
  ) {
    const ending = signal === null ? `ended with status ${exitStatus}` : `was ended by ${signal}`;
    super(`"${argv.join(' ')}" ${ending}${stderr === '' ? '' : `: ${stderr.replaceAll(/\s*\n\s*/g, '; ')}`}`, {
      code: 'ERR_COMMAND_FAILED',
    });
    this.argv = argv;
    this.stderr = stderr;
    this.stdout = stdout;
    this.exitStatus = exitStatus;
  }
}

/**
 * Runs one program to its end, without a shell and in the C locale, so that its words can be read by a program.
 * Throws {@link CommandError} when it fails, VnetperfError ERR_COMMAND_MISSING, ERR_COMMAND_TIMEOUT,
 * ERR_COMMAND_OUTPUT or ERR_INTERRUPTED otherwise.
 */
export function runCommand(argv: readonly [string, ...string[]], options: CommandOptions = {}): Promise<CommandOutput> {
  const [name, ...args] = argv;
  const path = locateCommand(name);
  if (path === undefined) return Promise.reject(commandMissing(name));
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const outputLimitBytes = options.outputLimitBytes ?? DEFAULT_OUTPUT_LIMIT_BYTES;
  const { signal } = options;
  const interruption = () =>
    new InterruptedError(`"${argv.join(' ')}" was interrupted`, { code: 'ERR_INTERRUPTED', cause: signal?.reason });
  if (signal?.aborted) return Promise.reject(interruption());

  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      argv0: name,
      stdio: ['pipe', 'pipe', 'pipe', ...(options.descriptors ?? [])],
      env: { ...process.env, LC_ALL: 'C', ...options.environment },
    });
    const stdin = child.stdin!;
    const output = { stdout: collect(child.stdout!), stderr: collect(child.stderr!) };
    let failure: VnetperfError | undefined;
    let killing: NodeJS.Timeout | undefined;

    function giveUp(error: VnetperfError): void {
      if (failure !== undefined) return;
      failure = error;
      const kill = () => {
        child.kill('SIGKILL');
        // A grandchild may hold the pipes open: 'close' must not wait for it.
        for (const stream of [stdin, child.stdout!, child.stderr!]) stream.destroy();
      };
      if (options.terminationMs === undefined) kill();
      else {
        child.kill('SIGTERM');
        killing = setTimeout(kill, options.terminationMs);
      }
    }
    function collect(stream: NodeJS.ReadableStream): Buffer[] {
      const chunks: Buffer[] = [];
      let bytes = 0;
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= outputLimitBytes) chunks.push(chunk);
        else
          giveUp(
            new VnetperfError(`"${argv.join(' ')}" wrote more than ${outputLimitBytes} bytes`, {
              code: 'ERR_COMMAND_OUTPUT',
            }),
          );
      });
      return chunks;
    }

    const timer = setTimeout(
      () =>
        giveUp(
          new VnetperfError(`"${argv.join(' ')}" did not end within ${timeoutMs / 1000} s`, {
            code: 'ERR_COMMAND_TIMEOUT',
            remedy: 'See whether the same command ends when typed by hand.',
          }),
        ),
      timeoutMs,
    );
    const onAbort = () => giveUp(interruption());
    signal?.addEventListener('abort', onAbort);
    const settle = () => {
      clearTimeout(timer);
      clearTimeout(killing);
      signal?.removeEventListener('abort', onAbort);
    };
    // A command that ends before it has read its input makes this write fail; its exit status tells the story.
    stdin.on('error', () => {});
    child.on('error', (cause) => {
      settle();
      reject(new VnetperfError(`${path} cannot be run: ${cause.message}`, { code: 'ERR_COMMAND_FAILED', cause }));
    });
    child.on('close', (exitStatus, killedBy) => {
      settle();
      const stdout = Buffer.concat(output.stdout).toString();
      const stderr = Buffer.concat(output.stderr).toString();
      if (failure !== undefined) reject(failure);
      else if (exitStatus === 0) resolve({ stdout, stderr });
      else reject(new CommandError(argv, { stdout: stdout.trim(), stderr: stderr.trim() }, exitStatus, killedBy));
    });
    stdin.end(options.input ?? '');
  });
}

/**
 * The path of a program, or undefined when it is not on this machine. Administration tools lie in sbin, which many
 * distributions leave out of an ordinary user's PATH: for every .../bin in PATH its sibling .../sbin counts too.
 */
export function locateCommand(name: string, searchPath: string = process.env.PATH ?? ''): string | undefined {
  if (name.includes('/')) return isProgram(name) ? name : undefined;
  const directories = searchPath.split(delimiter).filter((directory) => directory !== '');
  const siblings = directories
    .filter((directory) => basename(directory) === 'bin')
    .map((directory) => join(dirname(directory), 'sbin'));
  return [...directories, ...siblings].map((directory) => join(directory, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Debian's package for each program this project may call. */
const PACKAGE_BY_COMMAND: Readonly<Record<string, string>> = {
  bird: 'bird2',
  birdc: 'bird2',
  bridge: 'iproute2',
  docker: 'docker.io',
  etcd: 'etcd-server',
  ethtool: 'ethtool',
  ip: 'iproute2',
  iperf3: 'iperf3',
  mount: 'mount',
  nft: 'nftables',
  nsenter: 'util-linux',
  'ovs-appctl': 'openvswitch-switch',
  'ovs-vsctl': 'openvswitch-switch',
  'ovs-vswitchd': 'openvswitch-switch',
  'ovsdb-server': 'openvswitch-switch',
  'ovsdb-tool': 'openvswitch-switch',
  podman: 'podman',
  setpriv: 'util-linux',
  sysctl: 'procps',
  taskset: 'util-linux',
  tc: 'iproute2',
  timeout: 'coreutils',
  unshare: 'util-linux',
};

/** @param needer What cannot be done without the program, for example a topology's kind. */
export function commandMissing(name: string, needer = 'vnetperf'): VnetperfError {
  const packageName = PACKAGE_BY_COMMAND[name];
  return new TopologyError(`${needer} needs ${name}, which is not on this machine`, {
    code: 'ERR_COMMAND_MISSING',
    remedy: packageName === undefined ? `Install ${name}.` : `Install it with: apt-get install ${packageName}`,
  });
}
