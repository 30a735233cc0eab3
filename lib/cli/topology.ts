import { bringUp, collectGarbage, type KeptNetwork, keptNetworks, takeDown } from '../api/kept-networks.js';
import { VnetperfError } from '../errors.js';
import { needsRootless } from './rootless.js';
import { abortOnSignals, statusWithoutResult } from './signals.js';
import { StartUpLine } from './start-up-line.js';
import { parseTopologyArguments, type TopologyCommand } from './topology-arguments.js';
import { execAtEndpoint } from './topology-exec.js';
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
    return statusWithoutResult(error);
  }
}

async function execute(asked: TopologyCommand): Promise<number> {
  switch (asked.command) {
    case 'help':
      say((await import('./help/help-text.js')).helpOn(['topology']));
      return 0;
    case 'up':
      requireRoot();
      return await up(asked);
    case 'down':
      requireRoot();
      await takeDown(asked.name);
      return 0;
    case 'ls':
      say(asked.json ? JSON.stringify(keptNetworks(), undefined, 2) : table(keptNetworks()));
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
  const line = new StartUpLine();
  try {
    const { summary, mtuBytes, path, remarks, endpoints, target } = await bringUp(kind, network, name, {
      signal: signals.signal,
      onProgress: line.handle,
    });
    say(`${name} is up: ${summary}, MTU ${mtuBytes}, path MTU ${path.pathMtuBytes}`);
    for (const remark of remarks) say(`  ${remark}`);
    for (const end of endpoints) {
      const addresses = [end.ipv4, end.ipv6].filter((address) => address !== undefined);
      say(`  ${end.name.padEnd(8)} ${addresses.join(', ')}   ${end.place}`);
    }
    if (target?.port !== undefined) {
      const listens = target.serverPort === undefined ? '' : `, where the server listens on port ${target.serverPort}`;
      say(`  the client connects to ${target.ipv4} port ${target.port}${listens}`);
    }
    say(`Run a command there:  ${programName} topology exec ${name} client -- ip address`);
    const [client, server] = endpoints;
    say(`Measure across it:    ${programName} between ${client!.place} ${server!.place}`);
    say(`Remove it:            ${programName} topology down ${name}`);
    return 0;
  } finally {
    line.close();
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

function table(labs: readonly KeptNetwork[]): string {
  if (labs.length === 0) return 'no networks';
  const rows = [
    ['NAME', 'KIND', 'STATUS', 'ENDPOINTS'],
    ...labs.map(({ name, kind, status, endpoints }) => [
      name,
      kind,
      status,
      endpoints.map((end) => `${end.name} ${end.ipv4 ?? end.ipv6}`).join(', '),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
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
