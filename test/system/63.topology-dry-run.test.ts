import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mtuRangeOf, planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import { newLabIdentity } from '../../lib/topology/lab-identity.js';
import type { Plan } from '../../lib/topology/plan.js';
import { shellScript } from '../../lib/topology/shell-script.js';
import { kindsHere } from '../support/buildable-kinds.js';
import { leftBehind, machineState } from '../support/machine-state.js';

interface AddressedLink {
  ifname: string;
  mtu: number;
  master?: string;
  flags: string[];
  linkinfo?: { info_kind: string; info_data?: { stp_state?: number } };
  addr_info: { family: string; local: string; prefixlen: number; scope: string }[];
}

/** An engine calls its ports by numbers of chance. */
function nameOf(ifname: string, master: string | undefined): string {
  return /^veth[0-9a-f]{7}$/.test(ifname) ? `port of ${master}` : ifname;
}

/** Of an engine's pool for networks that were given no subnet, which address is next is chance. */
function addressOf(local: string): string {
  return /^198\.18\.(?:19[2-9]|2\d\d)\.(?!1$)/.test(local) ? 'one of the pool' : local;
}

/** What must be the same however a network was built: no hardware addresses, indexes or timers. */
function comparable(json: string) {
  return (JSON.parse(json) as AddressedLink[])
    .map(({ ifname, mtu, master, flags, linkinfo, addr_info }) => ({
      ifname,
      name: nameOf(ifname, master),
      mtu,
      master,
      up: flags.includes('UP'),
      kind: linkinfo?.info_kind,
      spanningTree: linkinfo?.info_data?.stp_state,
      addresses: addr_info
        .filter((address) => !address.local.startsWith('fe80:'))
        .map(({ family, local, prefixlen, scope }) => `${family} ${addressOf(local)}/${prefixlen} ${scope}`)
        .sort(),
    }))
    .sort((one, other) => one.name.localeCompare(other.name));
}

const SHOW = ['-json', '-details', 'address', 'show'] as const;
const SCRIPT_DEADLINE_MS = 30_000;
/** What it prints on stderr belongs to the error, not to the terminal of the tests. */
const sh = (script: string) =>
  execFileSync('sh', { input: script, encoding: 'utf8', stdio: 'pipe', timeout: SCRIPT_DEADLINE_MS });
const newPrefix = () => `vnp-test-${randomUUID().slice(0, 8)}`;

const { buildable, refused, options, engine } = await kindsHere();
afterAll(() => engine?.[Symbol.asyncDispose]());

/** Offloads of all interfaces of a namespace, without the ones that no command can change. */
function features(text: string): string[] {
  return text.split('\n').filter((line) => !line.endsWith('[fixed]'));
}

/** What is in every namespace that a network has of its own, as `ip`, `ethtool` and the switch tell it. */
async function seen(plan: Plan, inside: (namespace: string, ...command: [string, ...string[]]) => Promise<string>) {
  const ends = [plan, ...plan.morePairs].flatMap(({ client, server }) => [client, server]);
  const own = ends.filter(({ interface: device }) => device !== 'lo').map(({ namespace }) => namespace);
  const found: Record<string, unknown> = {};
  for (const namespace of new Set([...plan.namespaces, ...own])) {
    // The engine's side of a container network is shared with all others.
    if (namespace === 'engine') continue;
    const links = comparable(await inside(namespace, 'ip', ...SHOW));
    const onPath = plan.path.filter((hop) => hop.namespace === namespace).map((hop) => hop.interface);
    for (const { ifname, up } of links) expect(up || !onPath.includes(ifname), `${ifname} is up`).toBe(true);
    const offloads: Record<string, string[]> = {};
    for (const { ifname, name } of links) {
      const [, ...settings] = features(await inside(namespace, 'ethtool', '--show-features', ifname));
      offloads[name] = settings;
    }
    found[namespace] = { links: links.map(({ ifname: _, ...link }) => link), offloads };
  }
  return found;
}

/** What stands in the databases of switches of the plan's own. */
async function switchRecords(
  plan: Plan,
  ask: (database: { file: string; before: string }, ...words: string[]) => Promise<string>,
): Promise<string[][]> {
  const tables = [
    ['--columns=name,datapath_type,other_config', 'list', 'Bridge'],
    ['--columns=name,type,options,mtu_request', 'list', 'Interface'],
    ['--columns=other_config', 'list', 'Open_vSwitch'],
  ];
  const records: string[][] = [];
  for (const file of databaseSockets(plan)) {
    for (const words of tables) {
      const text = await ask({ file, before: '--db=unix:' }, '--format=csv', '--no-headings', ...words);
      expect(text).not.toBe('');
      records.push(text.trim().split('\n').sort());
    }
  }
  return records;
}

/** Where the switches of a plan listen: `db.sock`, or one below the name of each host. */
function databaseSockets({ steps }: Plan): string[] {
  return steps.flatMap((step) =>
    step.type !== 'daemon'
      ? []
      : step.command.flatMap((word) =>
          typeof word !== 'string' && 'file' in word && word.before === '--remote=punix:' ? [word.file] : [],
        ),
  );
}

describe.each(buildable)('the script of %s', (kind) => {
  // One after the other: on an engine both want the same addresses.
  const subnet = topologyKind(kind).takes.includes('subnet') ? { subnet: '198.18.77.0/24' } : {};
  const mtus = [undefined, 1400].filter((mtuBytes = 65_536) => mtuBytes >= mtuRangeOf(topologyKind(kind)).minimumBytes);
  const named = mtus.map((mtuBytes) => ({ mtuBytes, mtu: mtuBytes ?? 'its own' }));
  it.each(named)('builds what the lab builds (MTU $mtu) and removes it, no line failing', async ({ mtuBytes }) => {
    const before = machineState();
    const wishes = { ...options(kind), ...subnet, mtuBytes };
    const identity = newLabIdentity();
    const plan = await planTopology(kind, wishes, identity);
    const lab = await Lab.build(plan, topologyKind(kind), undefined, identity);
    const byLab = await seen(plan, async (namespace, ...command) => (await lab.run(namespace, command)).stdout);
    const bridgesByLab = await switchRecords(plan, async (database, ...words) => {
      return (await lab.run(null, ['ovs-vsctl', database, ...words])).stdout;
    });
    await lab.close();

    const prefix = newPrefix();
    const script = shellScript(await planTopology(kind, wishes), prefix).split('# Remove:\n') as [string, string];
    try {
      sh(script[0]);
      const byHand = await seen(plan, async (namespace, ...command) =>
        execFileSync('nsenter', [`--net=/run/netns/${prefix}-${namespace}`, ...command], { encoding: 'utf8' }),
      );
      expect(byHand).toEqual(byLab);
      const bridgesByHand = await switchRecords(plan, async ({ before, file }, ...words) => {
        const database = `${before}${join(tmpdir(), `${prefix}-${kind}`, file)}`;
        return execFileSync('ovs-vsctl', [database, ...words], { encoding: 'utf8' });
      });
      expect(bridgesByHand).toEqual(bridgesByLab);
      sh(script[1].replace('set +e\n', 'set -e\n'));
    } catch (error) {
      sh(script[1]);
      throw error;
    }
    expect(leftBehind(before)).toEqual([]);
    expect((await engine?.objects()) ?? []).toEqual([]);
  });
});

describe.each(refused)('the script of %s, which this kernel cannot hold', (kind) => {
  it('fails, and its second half removes what was made', async () => {
    const before = machineState();
    const [build, remove] = shellScript(await planTopology(kind), newPrefix()).split('# Remove:\n') as [string, string];
    expect(() => sh(build)).toThrow();
    sh(remove);
    expect(leftBehind(before)).toEqual([]);
  });
});
