import type { ClientConfiguration } from '../configuration/configuration.js';
import { formatCoreList, type PinnedCores } from '../configuration/cores.js';
import { resolveServer } from '../configuration/resolve-server.js';
import { VnetperfError } from '../errors.js';
import { packageVersion } from '../platform/package-version.js';
import { systemInfo } from '../platform/system-info.js';
import { createReporter } from '../report/create-reporter.js';
import { intervalCostLines } from '../report/interval-cost-table.js';
import { runTableLines } from '../report/run-table.js';
import type { Finding } from '../topology/diagnosis/finding.js';
import type { MachineWatch } from '../topology/diagnosis/machine-facts.js';
import type { Network } from '../topology/network.js';
import { runClient } from '../traffic/client.js';
import type { EndRecord, SessionEvent } from '../traffic/events.js';
import { IntervalCosts } from '../traffic/interval-costs.js';
import { Server } from '../traffic/server.js';
import type { StreamPair } from '../traffic/stream-pairs.js';
import { type CommandFrame, exitStatus } from './command-frame.js';
import { findingLines } from './doctor-report.js';
import { findingsBefore, receivedNothing, whyNothingArrived } from './run-findings.js';

/**
 * Runs both ends of one test across a network in this process, and reports.
 * @returns the exit status.
 */
export async function measure(
  network: Network,
  asked: ClientConfiguration,
  pin: PinnedCores,
  ipv6: boolean,
  { output, reporter, signal }: CommandFrame,
  watch: MachineWatch,
): Promise<number> {
  const configuration: ClientConfiguration = {
    ...asked,
    host: (ipv6 ? network.target.ipv6 : undefined) ?? network.target.ipv4 ?? network.target.ipv6 ?? '',
    port: network.target.port ?? asked.port,
    family: undefined,
    settings: { ...asked.settings },
  };
  const streamPairs = pairsOfStreams(network, configuration, ipv6);
  const findings = await findingsBefore(network, watch, configuration, pin);
  const text = configuration.output.mode === 'text';
  if (text) {
    const remark = (cores: number[]) => (cores.length === 0 ? 'not pinned' : `core ${formatCoreList(cores)}`);
    output.out(network.description({ client: remark(pin.client), server: remark(pin.server), family: ipv6 ? 6 : 4 }));
    for (const line of findingLines(findings.filter(({ severity }) => severity === 'warning'))) output.out(line);
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
  const costs = new IntervalCosts();
  const ending = new AbortController();
  const server = new Server(
    resolveServer({
      port: network.target.serverPort ?? configuration.port,
      bindHost: network.target.serverHost,
      oneOff: true,
      intervalSeconds: configuration.intervalSeconds,
      cores: pin.server,
    }),
    {
      signal: ending.signal,
      namespace: network.server.namespace,
      streamPairs,
      onEvent: (event) => {
        if (event.type === 'interval') costs.addServer(event);
        serverReport.handle(event);
      },
      serverOutput: () => serverReport.serverOutput(),
    },
  );
  await server.listen();
  const serving = server.serve();
  serving.catch(() => {});
  let end: EndRecord | undefined;
  const held: SessionEvent[] = [];
  try {
    await runClient(configuration, {
      namespace: network.client.namespace,
      streamPairs,
      signal,
      carriers: network.carriers,
      onEvent: (event) => {
        if (event.type === 'interval') costs.addClient(event);
        if (event.type === 'end') end = withTopology(costs.withBothEnds(event), network, findings);
        const told = event.type === 'end' ? end! : event;
        // A rate of zero is not reported without its cause, which is looked for when the test is over.
        if (held.length > 0 || (told.type === 'end' && receivedNothing(told))) held.push(told);
        else reporter.handle(told);
      },
    });
    const causes = held.length > 0 ? await whyNothingArrived(network) : [];
    for (const event of held.splice(0)) {
      reporter.handle(event.type === 'end' ? withTopology(event, network, [...causes, ...findings]) : event);
    }
    if (text && end !== undefined) {
      const perInterval = network.carriers.length > 0 || configuration.output.verbose;
      const table = perInterval ? ['', ...intervalCostLines(costs.all())] : [];
      const why = causes.length > 0 ? ['', ...findingLines(causes)] : [];
      for (const line of ['', ...runTableLines(end), ...table, ...why]) output.out(line);
    }
    return causes.length > 0 ? 1 : 0;
  } catch (error) {
    for (const event of held) reporter.handle(event);
    return exitStatus(error);
  } finally {
    ending.abort();
    await serving.catch(() => {});
  }
}

/** Where the streams of a test between several pairs of ends are made. */
function pairsOfStreams({ pairs }: Network, { bindHost }: ClientConfiguration, ipv6: boolean): StreamPair[] {
  if (pairs.length === 1) return [];
  if (bindHost !== undefined) {
    throw new VnetperfError(`${bindHost} is an address of one client, and there are ${pairs.length}`, {
      code: 'ERR_BIND_PAIRS',
      remedy: 'Leave out -B: each client uses its own address.',
    });
  }
  return pairs.map(({ client, server }) => ({
    client: client.namespace,
    server: server.namespace,
    serverHost: (ipv6 ? server.ipv6 : undefined) ?? server.ipv4 ?? server.ipv6 ?? '',
  }));
}

/** The result says on what it was measured. */
function withTopology(end: EndRecord, { kind, path, remarks = [] }: Network, findings: readonly Finding[]): EndRecord {
  // Findings of the path are among those of the whole.
  const { findings: _, ...verified } = path;
  return { ...end, facts: { ...end.facts, topology: { kind, path: verified, remarks, findings } } };
}
