import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../lib/platform/run-command.js';
import { kinds, planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import { shellScript } from '../../lib/topology/shell-script.js';
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
const sh = (script: string) => execFileSync('sh', ['-eu'], { input: script, encoding: 'utf8', timeout: 10_000 });

describe.each([...kinds.keys()])('the script of %s', (kind) => {
  it.each([undefined, 1400])('builds what the lab builds (MTU %s) and removes it', async (mtuBytes) => {
    const before = machineState();
    const plan = await planTopology(kind, { mtuBytes });
    const prefix = `vnp-test-${randomUUID().slice(0, 8)}`;
    const [build, remove] = shellScript(plan, prefix).split('# Remove:\n') as [string, string];
    const lab = await Lab.build(plan, topologyKind(kind));
    try {
      sh(build);
      for (const namespace of plan.namespaces) {
        const { stdout } = await runCommand(['ip', '-n', `${prefix}-${namespace}`, ...SHOW]);
        const byLab = comparable((await lab.run(namespace, ['ip', ...SHOW])).stdout);
        expect(comparable(stdout)).toEqual(byLab);
        expect(byLab.every((link) => link.up || link.ifname === 'lo')).toBe(true);
      }
    } finally {
      await lab.close();
      sh(remove);
    }
    expect(leftBehind(before)).toEqual([]);
  });

  it('runs from its first line to its last', async () => {
    const before = machineState();
    sh(shellScript(await planTopology(kind), `vnp-test-${randomUUID().slice(0, 8)}`));
    expect(leftBehind(before)).toEqual([]);
  });
});
