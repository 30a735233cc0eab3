import type { ClientConfiguration } from '../configuration/configuration.js';
import { checkCores, formatCoreList, type PinnedCores } from '../configuration/cores.js';
import { resolveServer } from '../configuration/resolve-server.js';
import { allowedCores } from '../platform/cores.js';
import { packageVersion } from '../platform/package-version.js';
import { systemInfo } from '../platform/system-info.js';
import { createReporter } from '../report/create-reporter.js';
import { runTableLines } from '../report/run-table.js';
import { planTopology } from '../topology/kinds.js';
import { shellScript } from '../topology/shell-script.js';
import { type Topology, topology } from '../topology/topology.js';
import { runClient } from '../traffic/client.js';
import type { EndRecord, SessionEvent } from '../traffic/events.js';
import { Server } from '../traffic/server.js';
import { type CommandFrame, exitStatus, framed } from './command-frame.js';
import type { ParsedRun } from './parse-options.js';
import { pinnedCores } from './pinned-cores.js';
import { needsRootless, rerunRootless } from './rootless.js';
import { programName } from './usage-error.js';

/** `vnetperf run KIND`: builds the network, runs both ends in this process, reports, removes it. */
export async function runCommandLine(parsed: ParsedRun, argv: readonly string[]): Promise<number> {
  const { topologyKind, run, own, configuration } = parsed;
  const ipv6 = run.ipv6 || configuration.family === 6;
  const options = { mtuBytes: run.mtuBytes, ...(ipv6 ? { ipv6: true } : {}) };
  const pin = pinnedCores(own.pin);
  const inFrame = (body: (frame: CommandFrame) => Promise<number>) =>
    framed(configuration, parsed, body, `${programName}: `);
  try {
    const plan = planTopology(topologyKind, options);
    if (run.dryRun) {
      process.stdout.write(`${shellScript(plan).trimEnd()}\n`);
      return 0;
    }
    checkCores([...pin.client, ...pin.server], allowedCores());
    // Has a frame of its own, around the program that it starts.
    if (needsRootless()) return await rerunRootless(argv);
  } catch (error) {
    return await inFrame(() => Promise.reject(error));
  }
  return await inFrame(async (frame) => {
    await using network = await topology(topologyKind, options);
    return await measure(network, { ...configuration, cores: pin.client }, pin, ipv6, frame);
  });
}

async function measure(
  network: Topology,
  asked: ClientConfiguration,
  pin: PinnedCores,
  ipv6: boolean,
  { output, reporter, signal }: CommandFrame,
): Promise<number> {
  const configuration: ClientConfiguration = {
    ...asked,
    host: ipv6 ? (network.server.ipv6 ?? network.server.ipv4) : network.server.ipv4,
    family: undefined,
    settings: { ...asked.settings },
  };
  const text = configuration.output.mode === 'text';
  if (text) {
    const remark = (cores: number[]) => (cores.length === 0 ? 'not pinned' : `core ${formatCoreList(cores)}`);
    output.out(network.description({ client: remark(pin.client), server: remark(pin.server), family: ipv6 ? 6 : 4 }));
    output.out('');
  }

  // What the server would print goes nowhere, unless the client asks for it (--get-server-output).
  const serverReport = createReporter(
    'server',
    configuration.output,
    { out: () => {}, err: () => {} },
    {
      version: packageVersion(),
      systemInfo: systemInfo(),
    },
  );
  const ending = new AbortController();
  const server = new Server(
    resolveServer({
      port: configuration.port,
      oneOff: true,
      intervalSeconds: configuration.intervalSeconds,
      cores: pin.server,
    }),
    {
      signal: ending.signal,
      namespace: network.server.namespace,
      onEvent: (event) => serverReport.handle(event),
      serverOutput: () => serverReport.serverOutput(),
    },
  );
  await server.listen();
  const serving = server.serve();
  serving.catch(() => {});
  let end: EndRecord | undefined;
  try {
    await runClient(configuration, {
      namespace: network.client.namespace,
      signal,
      onEvent: (event) => {
        const told = withTopology(event, network);
        if (told.type === 'end') end = told;
        reporter.handle(told);
      },
    });
    if (text && end !== undefined) for (const line of ['', ...runTableLines(end)]) output.out(line);
    return 0;
  } catch (error) {
    return exitStatus(error);
  } finally {
    ending.abort();
    await serving.catch(() => {});
  }
}

/** The result says on what it was measured. */
function withTopology(event: SessionEvent, { kind, path }: Topology): SessionEvent {
  return event.type === 'end' ? { ...event, facts: { ...event.facts, topology: { kind, path } } } : event;
}
