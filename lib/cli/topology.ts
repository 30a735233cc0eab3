import { VnetperfError } from '../errors.js';
import { collectGarbage } from '../topology/gc/collect.js';
import type { Journal } from '../topology/journal.js';
import { bringUp, endpointsOf, namedLabs, takeDown } from '../topology/named-labs.js';
import { netnsName } from '../topology/named-namespace.js';
import { placeLabel } from '../topology/places/open-place.js';
import { needsRootless } from './rootless.js';
import { abortOnSignals } from './signals.js';
import { parseTopologyArguments, type TopologyCommand } from './topology-arguments.js';
import { execAtEndpoint } from './topology-exec.js';
import { topologyHelpText } from './topology-help.js';
import { programName } from './usage-error.js';

/**
 * `vnetperf topology ...`
 * @returns the exit status.
 */
export async function topologyCommandLine(argv: readonly string[]): Promise<number> {
  const asked = parseTopologyArguments(argv);
  try {
    return await execute(asked);
  } catch (error) {
    if (!(error instanceof VnetperfError)) throw error;
    process.stderr.write(`${errorText(error)}\n`);
    return 1;
  }
}

async function execute(asked: TopologyCommand): Promise<number> {
  switch (asked.command) {
    case 'help':
      say(topologyHelpText());
      return 0;
    case 'up':
      requireRoot();
      return await up(asked);
    case 'down':
      requireRoot();
      await takeDown(asked.name);
      return 0;
    case 'ls':
      say(asked.json ? JSON.stringify(namedLabs().map(listed), undefined, 2) : table(namedLabs().map(listed)));
      return 0;
    case 'exec':
      requireRoot();
      return await execAtEndpoint(asked.name, asked.endpoint, asked.program, asked.words);
    case 'gc':
      return await gc(asked);
  }
}

async function up({ kind, name, network }: TopologyCommand & { command: 'up' }): Promise<number> {
  const signals = abortOnSignals();
  try {
    const { journal, plan, path } = await bringUp(kind, network, name, signals.signal);
    const [client, server] = journal.pairs.slice(0, 1).flatMap((pair) => [pair.client, pair.server]);
    say(`${name} is up: ${plan.summary}, MTU ${plan.mtuBytes}, path MTU ${path.pathMtuBytes}`);
    for (const remark of plan.remarks) say(`  ${remark}`);
    for (const end of endpointsOf(journal)) {
      const addresses = [end.ipv4, ...(end.ipv6 === undefined ? [] : [end.ipv6])].join(', ');
      say(`  ${end.name.padEnd(8)} ${addresses}   ${placeOf(journal, end.namespace)}`);
    }
    const { target } = journal;
    if (target?.port !== undefined) {
      const listens = target.serverPort === undefined ? '' : `, where the server listens on port ${target.serverPort}`;
      say(`  the client connects to ${target.ipv4} port ${target.port}${listens}`);
    }
    say(`Run a command there:  ${programName} topology exec ${name} client -- ip address`);
    say(
      `Measure across it:    ${programName} between ` +
        `${placeOf(journal, client!.namespace)} ${placeOf(journal, server!.namespace)}`,
    );
    say(`Remove it:            ${programName} topology down ${name}`);
    return 0;
  } finally {
    signals.dispose();
  }
}

async function gc({ engine, ovsDatabase }: TopologyCommand & { command: 'gc' }): Promise<number> {
  let removed = 0;
  let failed = 0;
  await collectGarbage(
    { engine, ovsDatabase },
    {
      removed: (what) => {
        removed++;
        say(`removed ${what}`);
      },
      leftAlone: (what, why) => say(`left alone: ${what}: ${why}`),
      failed: (what, error) => {
        failed++;
        process.stderr.write(`${programName}: ${what} could not be removed: ${error.message}\n`);
        if (error.remedy !== undefined) process.stderr.write(`  ${error.remedy}\n`);
      },
    },
  );
  if (removed + failed === 0) say('nothing to remove');
  return failed === 0 ? 0 : 1;
}

interface Listed {
  name: string;
  kind: string;
  status: Journal['status'];
  endpoints: { name: string; place: string; ipv4: string; ipv6?: string | undefined }[];
}

function listed(journal: Journal & { name: string }): Listed {
  const { name, kind, status } = journal;
  const endpoints = endpointsOf(journal).map(({ namespace, ...end }) => ({
    ...end,
    place: placeOf(journal, namespace),
  }));
  return { name, kind, status, endpoints };
}

function table(labs: readonly Listed[]): string {
  if (labs.length === 0) return 'no networks';
  const rows = [
    ['NAME', 'KIND', 'STATUS', 'ENDPOINTS'],
    ...labs.map(({ name, kind, status, endpoints }) => [
      name,
      kind,
      status,
      endpoints.map((end) => `${end.name} ${end.ipv4}`).join(', '),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

/** As `between` takes it. */
function placeOf(journal: Journal, namespace: string): string {
  const adopted = journal.adopted.find(({ as }) => as === namespace);
  return adopted === undefined ? `netns:${netnsName(journal.name!, namespace)}` : placeLabel(adopted.from);
}

function requireRoot(): void {
  if (!needsRootless()) return;
  throw new VnetperfError('networks that outlive the command need root: an unprivileged one goes with its process', {
    code: 'ERR_NO_PERMISSION',
    remedy: 'Run this as root; what goes with the command can be measured without: vnetperf run KIND',
  });
}

function errorText({ message, remedy }: VnetperfError): string {
  return `${programName}: ${message}${remedy === undefined ? '' : `\n  ${remedy}`}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
