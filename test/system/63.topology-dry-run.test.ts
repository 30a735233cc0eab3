import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import { shellScript } from '../../lib/topology/shell-script.js';
import { kindsHere } from '../support/buildable-kinds.js';
import { leftBehind, machineState } from './machine-state.js';

interface AddressedLink {
  ifname: string;
  mtu: number;
  master?: string;
  flags: string[];
  linkinfo?: { info_kind: string; info_data?: { stp_state?: number } };
  addr_info: { family: string; local: string; prefixlen: number; scope: string }[];
}

/** What must be the same however a network was built: no hardware addresses, indexes or timers. */
function comparable(json: string) {
  return (JSON.parse(json) as AddressedLink[])
    .map(({ ifname, mtu, master, flags, linkinfo, addr_info }) => ({
      ifname,
      mtu,
      master,
      up: flags.includes('UP'),
      kind: linkinfo?.info_kind,
      spanningTree: linkinfo?.info_data?.stp_state,
      addresses: addr_info
        .filter((address) => !address.local.startsWith('fe80:'))
        .map((address) => `${address.family} ${address.local}/${address.prefixlen} ${address.scope}`)
        .sort(),
    }))
    .sort((one, other) => one.ifname.localeCompare(other.ifname));
}

const SHOW = ['-json', '-details', 'address', 'show'] as const;
const SCRIPT_DEADLINE_MS = 30_000;
/** What it prints on stderr belongs to the error, not to the terminal of the tests. */
const sh = (script: string) =>
  execFileSync('sh', { input: script, encoding: 'utf8', stdio: 'pipe', timeout: SCRIPT_DEADLINE_MS });
const newPrefix = () => `vnp-test-${randomUUID().slice(0, 8)}`;

const { buildable, refused } = await kindsHere();

/** Offloads of all interfaces of a namespace, without the ones that no command can change. */
function features(text: string): string[] {
  return text.split('\n').filter((line) => !line.endsWith('[fixed]'));
}

describe.each(buildable)('the script of %s', (kind) => {
  it.each([undefined, 1400])('builds what the lab builds (MTU %s) and removes it', async (mtuBytes) => {
    const before = machineState();
    const plan = await planTopology(kind, { mtuBytes });
    const prefix = newPrefix();
    const [build, remove] = shellScript(plan, prefix).split('# Remove:\n') as [string, string];
    const lab = await Lab.build(plan, topologyKind(kind));
    try {
      sh(build);
      for (const namespace of plan.namespaces) {
        const byHand = (...command: string[]) =>
          execFileSync('nsenter', [`--net=/run/netns/${prefix}-${namespace}`, ...command], { encoding: 'utf8' });
        const byLab = async (...command: [string, ...string[]]) => (await lab.run(namespace, command)).stdout;
        const links = comparable(await byLab('ip', ...SHOW));
        expect(comparable(byHand('ip', ...SHOW))).toEqual(links);
        const onPath = plan.path.filter((hop) => hop.namespace === namespace).map((hop) => hop.interface);
        for (const { ifname, up } of links) expect(up || !onPath.includes(ifname), `${ifname} is up`).toBe(true);
        for (const { ifname } of links) {
          const show = ['ethtool', '--show-features', ifname] as const;
          expect(features(byHand(...show))).toEqual(features(await byLab(...show)));
        }
      }
    } finally {
      await lab.close();
      sh(remove);
    }
    expect(leftBehind(before)).toEqual([]);
  });

  it('runs from its first line to its last', async () => {
    const before = machineState();
    sh(shellScript(await planTopology(kind), newPrefix()));
    expect(leftBehind(before)).toEqual([]);
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
