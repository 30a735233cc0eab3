import { describe, expect, it } from 'vitest';
import { findCarriers } from '../../lib/topology/carriers.js';
import { planTopology } from '../../lib/topology/kinds.js';
import { proxyListening } from '../../lib/topology/proxy-processes.js';

describe("a proxy's words", () => {
  it.each([
    ['as the engine writes them', ['-proto', 'udp', '-host-ip', '::', '-host-port', '5201', '-container-port', '80']],
    ['with two dashes', ['--proto', 'udp', '--host-ip', '::', '--host-port', '5201']],
    ['with the value behind =', ['-proto=udp', '-host-ip=::', '-host-port=5201', '-use-listen-fd']],
  ])('say where it listens: %s', (_, words) => {
    expect(proxyListening(['/usr/bin/docker-proxy', ...words, ''])).toEqual({
      hostPort: 5201,
      on: { protocol: 'udp', hostAddress: '::' },
    });
  });

  it('leave out what is the default', () => {
    expect(proxyListening(['docker-proxy', '-host-port', '80'])).toEqual({
      hostPort: 80,
      on: { protocol: 'tcp', hostAddress: '' },
    });
  });

  it.each([[[]], [['docker-proxy']], [['docker-proxy', '-host-port']], [['docker-proxy', '-host-port', 'x']]])(
    'that are none say nothing: %j',
    (words) => {
      expect(proxyListening(words)).toBeUndefined();
    },
  );
});

describe('the carriers of a plan', () => {
  const daemons = [
    { name: 'ovsdb-server', pid: 10 },
    { name: 'ovs-vswitchd', pid: 11 },
    { name: 'never-started', pid: undefined },
  ];
  const namespace = () => ({ fd: -1 });

  it('are its own daemons by name', async () => {
    const plan = await planTopology('veth');
    const carriers = ['ovs-vswitchd', 'never-started', 'unknown'].map((name) => ({ type: 'daemon' as const, name }));
    expect(findCarriers({ ...plan, carriers }, { daemons, namespace })).toEqual([{ name: 'ovs-vswitchd', pid: 11 }]);
  });

  it('are left out where no such process is to be found', async () => {
    const plan = await planTopology('veth');
    const carriers = [
      { type: 'ovs-vswitchd' as const, database: 'unix:/nowhere/db.sock' },
      { type: 'ovs-vswitchd' as const, database: 'tcp:198.18.0.9:6640' },
      { type: 'docker-proxy' as const, port: 1 },
    ];
    expect(findCarriers({ ...plan, carriers }, { daemons, namespace })).toEqual([]);
  });
});
