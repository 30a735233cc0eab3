import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateCommand } from '../../lib/platform/run-command.js';
import { DOCKER_PATHS, type DockerPath } from '../../lib/topology/options.js';
import { topology } from '../../lib/topology/topology.js';
import { LabCommands } from '../support/lab-command.js';
import { leftBehind, machineState, remaining } from '../support/machine-state.js';
import { received } from '../support/received-on-topology.js';

const installed = ['docker', 'dockerd'].every((program) => locateCommand(program) !== undefined);
const expected = process.getuid?.() === 0 && (Boolean(process.env.CI) || installed);
/** On a busy machine, with an engine or two to start each time. */
const ENGINES_TIMEOUT_MS = 240_000;

describe.runIf(expected)('docker-hosts', () => {
  it('through the proxy of its engine, which is watched, past rules that are not there', async () => {
    await using network = await topology('docker-hosts', { dockerPath: 'D', userlandProxy: true });
    expect(network.carriers.map(({ name, host }) => `${name} of the ${host}'s host`).toSorted()).toEqual([
      "docker-proxy of the server's host",
      "docker-proxy udp of the server's host",
    ]);
    const [{ pid }] = network.carriers as [(typeof network.carriers)[0]];
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')).toContain('5201');
    const rules = execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'iptables', '-t', 'nat', '-S'], {
      encoding: 'utf8',
    });
    expect(rules).not.toContain('DNAT');
    expect(network.description()).toContain('docker-proxy 198.18.40.2:5201');
    expect((await received(network, {})).bitsPerSecond).toBeGreaterThan(1e7);
    expect((await received(network, { protocol: 'udp', rateBitsPerSecond: 2e7 })).bitsPerSecond).toBeGreaterThan(1e7);
    // The same port of another network is not this one's.
    await using other = await topology('docker-hosts', { dockerPath: 'D', userlandProxy: true });
    const pids = [network, other].flatMap(({ carriers }) => carriers.map((carrier) => carrier.pid));
    expect(new Set(pids).size).toBe(4);
  });

  it('carries IPv6 from card to card', async () => {
    await using network = await topology('docker-hosts', { dockerPath: 'F', ipv6: true });
    expect((await received(network, {}, true)).bitsPerSecond).toBeGreaterThan(1e8);
  });

  it.each(['B', 'D', 'E', 'F'] as const)('path %s obeys a smaller MTU at every hop', async (dockerPath) => {
    await using network = await topology('docker-hosts', { dockerPath, mtuBytes: 1400 });
    expect(network.path.pathMtuBytes).toBe(1400);
    const { mtuBytes } = network.path.hops.at(-1)!;
    expect(mtuBytes).toBe(1400);
  });

  it.each([
    ['A', 1500, 1450, 1550],
    ['B', 9000, 1500, 9000],
  ] as const)('path %s with ends of %d bytes is found to carry %d', async (dockerPath, mtuBytes, carried, needed) => {
    const before = machineState();
    await expect(topology('docker-hosts', { dockerPath, mtuBytes })).rejects.toMatchObject({
      code: 'ERR_PATH_MTU',
      message: expect.stringMatching(new RegExp(`has a path MTU of ${carried} bytes.*eth0 in .*host1`)),
      remedy: `Give the ends what fits: --mtu ${carried}; or give the link room for their packets: --link-mtu ${needed}.`,
    });
    expect(await remaining(() => leftBehind(before))).toEqual([]);
  });
});

describe.runIf(expected)('docker-hosts on the command line', () => {
  let lab: LabCommands;
  beforeEach(() => {
    lab = new LabCommands();
  });
  afterEach(() => lab.dispose());

  it('names its path, in text and in JSON', async () => {
    const { status, stdout } = await lab.run('run', 'docker-hosts', '-t', '1', '-J');
    expect(status).toBe(0);
    expect(JSON.parse(stdout).vnetperf.topology).toMatchObject({
      kind: 'docker-hosts',
      remarks: ['path B: two containers, bridge and NAT on both hosts', "through the engine's NAT rules"],
    });
    expect(await remaining(() => lab.left())).toEqual([]);
  });

  it.each(DOCKER_PATHS)(
    'path %s killed at some moment is collected to the last trace',
    {
      timeout: ENGINES_TIMEOUT_MS,
    },
    async (path) => {
      const start = performance.now();
      const once = lab.start('run', 'docker-hosts', '--docker-path', path, '-t', '1');
      await once.printed(/client .* server /);
      const standsAfterMs = performance.now() - start;
      await once.finished();
      for (const share of [0.3 + 0.6 * Math.random(), 1.1]) {
        const running = lab.start('run', 'docker-hosts', '--docker-path', path, '-t', '5');
        await sleep(share * standsAfterMs);
        running.signal('SIGKILL');
        await running.finished();
        expect(await lab.run('topology', 'gc')).toMatchObject({ status: 0, stderr: '' });
        expect(await remaining(() => lab.left())).toEqual([]);
      }
    },
  );

  it('is compared path by path', { timeout: ENGINES_TIMEOUT_MS }, async () => {
    const varied = (...paths: DockerPath[]) => [
      ...['compare', 'docker-hosts', '--vary', `docker-path=${paths.join(',')}`],
      ...['--link-rate', '1gbit', '--runs', '1', '-t', '1'],
    ];
    const dry = await lab.run(...varied(...DOCKER_PATHS), '--dry-run');
    for (const path of DOCKER_PATHS) expect(dry.stdout).toContain(`--docker-path ${path}`);
    const { status, stdout } = await lab.run(...varied('C', 'D'), '-J');
    expect(status).toBe(0);
    const { runs, plan } = JSON.parse(stdout) as {
      runs: { outcome: string }[];
      plan: { cells: { levels: Record<string, string> }[] };
    };
    expect(runs.filter(({ outcome }) => outcome !== 'measured')).toEqual([]);
    expect(plan.cells.map((cell) => cell.levels['docker-path'])).toEqual(['C', 'C', 'D']);
  });
});
