import { type Finished, IperfProcess, type Program, type StartOptions, startServer } from './iperf-process.js';

/** Which program stands at which end. */
export interface Pairing {
  client: Program;
  server: Program;
}

/** Ours against Debian's iperf3, in both roles. */
export const pairings: readonly Pairing[] = [
  { client: 'vnetperf', server: 'iperf3' },
  { client: 'iperf3', server: 'vnetperf' },
];

export interface OneTest<Seen> {
  client: Finished;
  server: Finished;
  /** What `observe` saw while both ran. */
  seen: Seen;
}

export interface OneTestOptions<Seen> {
  clientArguments?: readonly string[];
  serverArguments?: readonly string[];
  host?: string;
  clientOptions?: StartOptions;
  serverOptions?: StartOptions;
  /** Called again and again while the client runs, until it returns something. */
  observe?: (running: { client: IperfProcess; server: IperfProcess }) => Seen | undefined | Promise<Seen | undefined>;
}

const OBSERVE_EVERY_MS = 20;

/**
 * One client against a server that leaves after it (-1), both in the namespace.
 * @throws Error when either does not end by itself, or nothing was observed.
 */
export async function oneTest<Seen = undefined>(
  namespace: number,
  { client, server }: Pairing,
  options: OneTestOptions<Seen> = {},
): Promise<OneTest<Seen>> {
  const { clientArguments = [], serverArguments = [], host = '127.0.0.1', observe } = options;
  await using serving = await startServer(server, namespace, ['-1', ...serverArguments], options.serverOptions);
  await using asking = new IperfProcess(client, namespace, ['-c', host, ...clientArguments], options.clientOptions);
  let seen: Seen | undefined;
  while (observe !== undefined && seen === undefined && asking.running) {
    seen = await observe({ client: asking, server: serving });
    if (seen === undefined) await new Promise((resolve) => setTimeout(resolve, OBSERVE_EVERY_MS));
  }
  const clientFinished = await asking.finished();
  if (observe !== undefined && seen === undefined) {
    throw new Error(`nothing was observed\n--- client\n${clientFinished.stdout}${clientFinished.stderr}`);
  }
  return { client: clientFinished, server: await serving.finished(), seen: seen as Seen };
}
