import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { topology } from '../../lib/topology/topology.js';
import { DockerEngine } from '../support/docker-engine.js';
import { inside } from '../support/interface-counters.js';
import { received, reportInEngine, runInEngine } from '../support/run-in-engine.js';

const privileged = process.getuid?.() === 0 && DockerEngine.expected;

/** Packets that each DNAT rule for a port has taken: the first of every connection. */
function natPackets(engine: DockerEngine, port: number): number {
  const rules = engine.run('iptables', '-t', 'nat', '-nvxL', 'DOCKER').split('\n');
  return rules
    .filter((rule) => rule.includes(`dpt:${port} `))
    .reduce((sum, rule) => sum + Number(rule.trim().split(/\s+/)[0]), 0);
}

describe.runIf(privileged)('traffic to a published port takes the way that is claimed', () => {
  it('through the NAT rules, past the proxy that listens there too', async () => {
    await using engine = await DockerEngine.start();
    await using network = await topology('docker-published', { engineHost: engine.host });
    const { ipv4, port } = network.target;
    // The probes of the verification were connections already.
    expect(natPackets(engine, port!)).toBeGreaterThan(0);
    expect(network.carriers).toEqual([]);
    expect(ipv4).toBe(network.client.ipv4);
    expect(network.server.ipv4).not.toBe(ipv4);
    expect(network.description()).toContain(`NAT ${ipv4}:${port}`);

    // The engine's name server listens in the container, at ports that the kernel gave to it: never this one.
    const sockets = (await inside(network.server, 'ss', '-Hltun')).trim().split('\n');
    const taken = sockets.map((line) => Number(/:(\d+) /.exec(line)?.[1]));
    expect(taken).toHaveLength(2);
    expect(port).toBeLessThan(Math.min(...taken, 30_000));
  });

  it('through the proxy, past the NAT rules', async () => {
    await using engine = await DockerEngine.start();
    await using network = await topology('docker-published', { engineHost: engine.host, userlandProxy: true });
    const { ipv4, port } = network.target;
    expect(ipv4).toBe('127.0.0.1');
    expect(natPackets(engine, port!)).toBe(0);
    expect(network.carriers.map(({ name }) => name).toSorted()).toEqual(['docker-proxy', 'docker-proxy udp']);
    for (const { pid } of network.carriers) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')).toContain(`${port}`);
    }
    await network.close();

    const report = await reportInEngine(engine, 'docker-published', '--userland-proxy', 'on');
    expect(received(report).bytes).toBeGreaterThan(10_000_000);
    expect(report.vnetperf.carriers?.find(({ name }) => name === 'docker-proxy')?.cpuPercent).toBeGreaterThan(5);
  });

  it('or says that an engine without its proxy cannot be measured through it', async () => {
    await using engine = await DockerEngine.start('--userland-proxy=false');
    const { status, stdout, stderr } = await runInEngine(
      engine,
      'docker-published',
      '--userland-proxy',
      'on',
      '-t',
      '1',
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/docker-published cannot be built: no docker-proxy listens on port \d+\n/);
    expect(stderr).toContain('--userland-proxy=false');
    const nat = await reportInEngine(engine, 'docker-published');
    expect(received(nat).bytes).toBeGreaterThan(10_000_000);
    expect(await engine.objects()).toEqual([]);
  });

  it('or says that an engine without NAT rules would use its proxy', async () => {
    await using engine = await DockerEngine.start('--iptables=false');
    const { status, stdout, stderr } = await runInEngine(engine, 'docker-published', '-t', '1');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/docker-published cannot be built: the engine made no NAT rules for port \d+\n/);
    expect(await engine.objects()).toEqual([]);
  });
});
