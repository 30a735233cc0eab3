import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { planTopology } from '../../lib/topology/kinds.js';
import type { NamespaceSource } from '../../lib/topology/places/place.js';
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
set +e
ip netns del vnp-server
ip netns del vnp-client
`);
  });

  it('starts a daemon, waits until it serves, and ends it; feeds a command; keeps its files in one directory', async () => {
    const environment = { DAEMON_DIRECTORY: { file: '' } };
    const plan: Plan = {
      ...(await planTopology('veth')),
      namespaces: ['switch'],
      steps: [
        {
          type: 'daemon',
          name: 'served',
          namespace: 'switch',
          command: ['served', { file: 'db.sock', before: '--remote=unix:' }],
          environment,
          ready: ['ask', { namespace: 'switch' }],
          readyTimeoutMs: 1_000,
        },
        { namespace: null, command: ['load', '-'], input: Buffer.from('bytes\0'), undo: ['unload'] },
      ],
    };
    const script = shellScript(plan, 'demo');
    const [build, remove] = script.split('# Remove:\n') as [string, string];
    expect(build.split('\n').slice(3, 18)).toEqual([
      `directory="\${TMPDIR:-/tmp}"/demo-veth`,
      'mkdir -m 700 "$directory"',
      'ip netns add demo-switch',
      'DAEMON_DIRECTORY="$directory" nsenter --net=/run/netns/demo-switch served --remote=unix:"$directory"/db.sock ' +
        '</dev/null >"$directory"/served.log 2>&1 &',
      'echo $! >"$directory"/served.pid',
      'attempt=0',
      'until DAEMON_DIRECTORY="$directory" nsenter --net=/run/netns/demo-switch ask /run/netns/demo-switch ' +
        '>/dev/null 2>&1; do',
      '  attempt=$((attempt + 1))',
      '  [ $attempt -le 10 ] || { cat "$directory"/served.log >&2; exit 1; }',
      '  sleep 0.1',
      'done',
      "base64 -d <<'END' | load -",
      'Ynl0ZXMA',
      'END',
      '',
    ]);
    expect(remove.split('\n').slice(0, 6)).toEqual([
      'set +e',
      `directory="\${TMPDIR:-/tmp}"/demo-veth`,
      'unload',
      'pid=$(cat "$directory"/served.pid)',
      'kill "$pid"',
      'wait "$pid" 2>/dev/null || true',
    ]);
    expect(remove).toMatch(/\nip netns del demo-switch\nrm -r "\$directory"\n$/);
    expect(spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it.each<[NamespaceSource, string]>([
    [
      { type: 'container', engine: { program: 'docker', host: 'unix:///run/d.sock' }, container: 'web' },
      `ip netns attach demo-end "$(docker -H unix:///run/d.sock inspect --format '{{.State.Pid}}' web)"`,
    ],
    [{ type: 'pid', pid: 4711 }, 'ip netns attach demo-end 4711'],
    [{ type: 'netns', name: 'blue' }, "nsenter --net=/run/netns/blue sh -c 'ip netns attach demo-end $$'"],
    [{ type: 'host' }, 'ip netns attach demo-end $$'],
  ])('gives a namespace that is there a second name, and takes that away: %o', async (from, line) => {
    const plan: Plan = { ...(await planTopology('veth')), namespaces: [], steps: [{ type: 'adopt', as: 'end', from }] };
    const script = shellScript(plan, 'demo').split('\n');
    expect(script[3]).toBe(line);
    expect(script.slice(script.indexOf('# Remove:') + 1)).toEqual(['set +e', 'ip netns del demo-end', '']);
  });

  it('removes the rest where a line of the removal fails', async () => {
    const steps = ['first', 'second'].map((word) => ({
      namespace: null,
      command: ['true'] as const,
      undo: ['sh', '-c', `echo ${word}; exit 1`] as const,
    }));
    const script = shellScript({ ...(await planTopology('veth')), namespaces: [], steps });
    expect(spawnSync('sh', { input: script, encoding: 'utf8' })).toMatchObject({ stdout: 'second\nfirst\n' });
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
      'set +e',
      "rm 'it'\\''s'",
      "rmdir '/tmp/a b'",
      'ip netns del demo-client',
      '',
    ]);
  });
});
