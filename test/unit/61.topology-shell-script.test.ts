import { describe, expect, it } from 'vitest';
import { planTopology } from '../../lib/topology/kinds.js';
import { inside, type Plan } from '../../lib/topology/plan.js';
import { shellScript } from '../../lib/topology/shell-script.js';

describe('--dry-run', () => {
  it('prints the plan of veth as a script with a half that removes it', async () => {
    expect(shellScript(await planTopology('veth', { ipv6: true }))).toBe(`#!/bin/sh
# veth: two endpoints joined by one virtual cable. Build:
set -eu
ip netns add vnp-client
ip netns add vnp-server
ip -n vnp-client link add client0 index 100 mtu 1500 type veth peer name server0 index 101 mtu 1500 netns vnp-server
ip -n vnp-client link set lo up
ip -n vnp-client address add 198.18.0.2/24 dev client0
ip -n vnp-client address add fd00:198:18::2/64 dev client0 nodad
ip -n vnp-client link set client0 up
ip -n vnp-server link set lo up
ip -n vnp-server address add 198.18.0.3/24 dev server0
ip -n vnp-server address add fd00:198:18::3/64 dev server0 nodad
ip -n vnp-server link set server0 up

# Measure from here on, in two terminals: ip netns exec vnp-server vnetperf -s -1
#                                         ip netns exec vnp-client vnetperf -c 198.18.0.3

# Remove:
ip netns del vnp-server
ip netns del vnp-client
`);
  });

  it('undoes what was made outside last first, before the namespaces go, and quotes what a shell would read', async () => {
    const plan: Plan = {
      ...(await planTopology('veth', { ipv6: true })),
      namespaces: ['client'],
      steps: [
        { namespace: null, command: ['mkdir', '/tmp/a b'], undo: ['rmdir', '/tmp/a b'] },
        inside('client', 'sysctl -w net.ipv4.ip_forward=1'),
        { namespace: null, command: ['touch', "it's"], undo: ['rm', "it's"] },
      ],
    };
    const script = shellScript(plan, 'demo').split('\n');
    expect(script.slice(3, 7)).toEqual([
      'ip netns add demo-client',
      "mkdir '/tmp/a b'",
      'nsenter --net=/run/netns/demo-client sysctl -w net.ipv4.ip_forward=1',
      "touch 'it'\\''s'",
    ]);
    expect(script.slice(script.indexOf('# Remove:') + 1)).toEqual([
      "rm 'it'\\''s'",
      "rmdir '/tmp/a b'",
      'ip netns del demo-client',
      '',
    ]);
  });
});
