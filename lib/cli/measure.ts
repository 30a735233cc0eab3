import type { ClientConfiguration } from '../configuration/configuration.js';
import { formatCoreList, type PinnedCores } from '../configuration/cores.js';
import { resolveServer } from '../configuration/resolve-server.js';
import { packageVersion } from '../platform/package-version.js';
import { systemInfo } from '../platform/system-info.js';
import { createReporter } from '../report/create-reporter.js';
import { intervalCostLines } from '../report/interval-cost-table.js';
import { runTableLines } from '../report/run-table.js';
import type { Network } from '../topology/network.js';
import { runClient } from '../traffic/client.js';
import type { EndRecord } from '../traffic/events.js';
import { IntervalCosts } from '../traffic/interval-costs.js';
import { Server } from '../traffic/server.js';
import { type CommandFrame, exitStatus } from './command-frame.js';

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
): Promise<number> {
  const configuration: ClientConfiguration = {
    ...asked,
    host: (ipv6 ? network.target.ipv6 : undefined) ?? network.target.ipv4 ?? network.target.ipv6 ?? '',
    port: network.target.port ?? asked.port,
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
  try {
    await runClient(configuration, {
      namespace: network.client.namespace,
      signal,
      carriers: network.carriers,
      onEvent: (event) => {
        if (event.type === 'interval') costs.addClient(event);
        if (event.type === 'end') {
          end = withTopology(costs.withBothEnds(event), network);
          reporter.handle(end);
        } else reporter.handle(event);
      },
    });
    if (text && end !== undefined) {
      const perInterval = network.carriers.length > 0 || configuration.output.verbose;
      const table = perInterval ? ['', ...intervalCostLines(costs.all())] : [];
      for (const line of ['', ...runTableLines(end), ...table]) output.out(line);
    }
    return 0;
  } catch (error) {
    return exitStatus(error);
  } finally {
    ending.abort();
    await serving.catch(() => {});
  }
}

/** The result says on what it was measured. */
function withTopology(end: EndRecord, { kind, path }: Network): EndRecord {
  return { ...end, facts: { ...end.facts, topology: { kind, path } } };
}
