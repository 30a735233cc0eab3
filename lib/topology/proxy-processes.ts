import { readdirSync, readFileSync } from 'node:fs';

const PROGRAM = 'docker-proxy';

export interface ProxyProcess {
  pid: number;
  protocol: string;
  /** What it listens on: Docker starts one for 0.0.0.0 and one for ::. */
  hostAddress: string;
}

/** Docker's userland proxies for a published port: one process for each protocol and address. */
export function findProxyProcesses(hostPort: number): ProxyProcess[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && read(`/proc/${entry}/comm`).trim() === PROGRAM)
    .flatMap((entry) => {
      const listening = proxyListening(read(`/proc/${entry}/cmdline`).split('\0'));
      return listening?.hostPort === hostPort ? [{ pid: Number(entry), ...listening.on }] : [];
    });
}

/** What a proxy was told to listen on; undefined: these are not its words. */
export function proxyListening(
  argv: readonly string[],
): { hostPort: number; on: Omit<ProxyProcess, 'pid'> } | undefined {
  // Go's flags: one dash or two, the value in the next word or behind `=`.
  const option = (name: string) => {
    const index = argv.findIndex((word) => word.startsWith('-') && word.replace(/^--?/, '').split('=')[0] === name);
    if (index < 0) return undefined;
    return /=(.*)$/.exec(argv[index] as string)?.[1] ?? argv[index + 1];
  };
  const port = option('host-port');
  if (port === undefined || !/^\d+$/.test(port)) return undefined;
  return { hostPort: Number(port), on: { protocol: option('proto') ?? 'tcp', hostAddress: option('host-ip') ?? '' } };
}

/** Empty when the process has ended, or is somebody else's. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
