import { runCommand } from './run-command.js';

interface Program {
  /** Its name in the result. */
  name: string;
  argv: [string, ...string[]];
  /** The version alone: some programs go on with the name of the machine. */
  version: RegExp;
}

const PROGRAMS: readonly Program[] = [
  { name: 'iproute2', argv: ['ip', '-V'], version: /iproute2-(?:ss)?([\w.]+)/ },
  { name: 'ethtool', argv: ['ethtool', '--version'], version: /^ethtool version ([\w.]+)/ },
  { name: 'iperf3', argv: ['iperf3', '--version'], version: /^iperf ([\w.+-]+)/ },
  { name: 'ovs-vswitchd', argv: ['ovs-vswitchd', '--version'], version: /\(Open vSwitch\) ([\w.]+)/ },
  // Of the engine itself, which need not run.
  {
    name: 'docker engine',
    argv: ['docker', 'version', '--format', '{{.Server.Version}}'],
    version: /^([\w.+~-]+)\s*$/,
  },
  // It has no engine apart from itself.
  { name: 'podman', argv: ['podman', '--version'], version: /^podman version ([\w.-]+)/ },
];

const DEADLINE_MS = 2_000;

/** Of the programs that build or carry something, where they are installed and answer. */
export async function programVersions(): Promise<Record<string, string>> {
  const versions = await Promise.all(
    PROGRAMS.map(async (program) => [program.name, await versionOf(program)] as const),
  );
  return Object.fromEntries(versions.filter(([, version]) => version !== undefined)) as Record<string, string>;
}

async function versionOf({ argv, version }: Program): Promise<string | undefined> {
  try {
    const { stdout } = await runCommand(argv, { timeoutMs: DEADLINE_MS });
    return version.exec(stdout)?.[1];
  } catch {
    // Not installed, not running or too slow: all of it means that it is not known here.
    return undefined;
  }
}
