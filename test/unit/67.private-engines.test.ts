import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { privateEngine } from '../../lib/topology/containers/private-engine.js';
import { planTopology } from '../../lib/topology/kinds.js';
import { newLabIdentity } from '../../lib/topology/lab-identity.js';
import { shellScript } from '../../lib/topology/shell-script.js';
import { planLines } from '../support/plan-lines.js';

const STATE = process.env.VNETPERF_STATE_DIRECTORY;
afterEach(() => {
  if (STATE === undefined) delete process.env.VNETPERF_STATE_DIRECTORY;
  else process.env.VNETPERF_STATE_DIRECTORY = STATE;
});

describe('an engine of a lab', () => {
  const identity = newLabIdentity();

  it('carries the mark of its lab in the name of its control groups', () => {
    const { steps } = privateEngine({ kind: 'test', identity, host: 'host1' });
    const daemon = steps.find((step) => step.type === 'daemon')!;
    expect(daemon.command).toContain(`/vnetperf-${identity.id}-host1`);
    const removal = steps.find((step) => step.type === undefined && Array.isArray(step.undo))!;
    expect(steps.indexOf(removal)).toBeLessThan(steps.indexOf(daemon));
    expect(removal).toMatchObject({ undo: expect.arrayContaining([`vnetperf-${identity.id}-host1`]) });
  });

  it('has no bridge unless it is asked for one', () => {
    const words = (bridge?: string) =>
      privateEngine({ kind: 'test', identity, host: 'host1', bridge }).steps.find(({ type }) => type === 'daemon');
    expect(words()).toMatchObject({ command: expect.arrayContaining(['--bridge', 'none']) });
    expect(words('198.18.10.1/24')).toMatchObject({ command: expect.arrayContaining(['--bip', '198.18.10.1/24']) });
  });

  it('cannot listen below a directory whose name is too long for a socket', () => {
    process.env.VNETPERF_STATE_DIRECTORY = `/tmp/${'long'.repeat(25)}`;
    expect(() => privateEngine({ kind: 'test', identity, host: 'host1' })).toThrow(
      expect.objectContaining({ code: 'ERR_STATE_DIRECTORY' }),
    );
  });
});

describe('docker-overlay', () => {
  it.each([
    [undefined, 1450, 1500],
    [9000, 8950, 9000],
  ])('tells the driver the MTU of the underlay: link %s, ends %d, driver %d', async (linkMtuBytes, ends, driver) => {
    const plan = await planTopology('docker-overlay', { linkMtuBytes });
    expect(plan.mtuBytes).toBe(ends);
    expect(planLines(plan)).toContainEqual(
      expect.stringMatching(new RegExp(`network create .*com\\.docker\\.network\\.driver\\.mtu=${driver} net0$`)),
    );
  });

  it('passes a bridge and a tunnel on each host', async () => {
    const { path } = await planTopology('docker-overlay', { mtuBytes: 1400 });
    expect(path.map(({ namespace, interface: name, mtuBytes }) => [namespace, name, mtuBytes])).toEqual([
      ['client', 'eth0', 1400],
      ['overlay-host1', { peerOf: { namespace: 'client', interface: 'eth0' } }, 1400],
      ['overlay-host1', 'br0', 1400],
      ['overlay-host1', 'vxlan0', 1400],
      ['host1', 'eth0', 1500],
      ['host2', 'eth0', 1500],
      ['overlay-host2', 'vxlan0', 1400],
      ['overlay-host2', 'br0', 1400],
      ['overlay-host2', { peerOf: { namespace: 'server', interface: 'eth0' } }, 1400],
      ['server', 'eth0', 1400],
    ]);
  });

  it('undoes nothing that the engines have made: it goes with them', async () => {
    const plan = await planTopology('docker-overlay');
    const undone = plan.steps.flatMap((step) =>
      step.type === undefined && Array.isArray(step.undo) ? [step.undo] : [],
    );
    expect(undone.map((command) => command.at(-1))).toEqual(['vnetperf-by-hand-host1', 'vnetperf-by-hand-host2']);
    const [, remove] = shellScript(plan).split('# Remove:\n') as [string, string];
    expect(remove).not.toContain('docker --host');
  });

  it.each([
    [{ ipv6: true }, 'docker-overlay carries no IPv6'],
    [{ underlayFamily: 6 }, 'docker-overlay joins its hosts over IPv4 alone'],
    [{ engine: 'podman' }, 'docker-overlay takes no --engine'],
    [{ engineHost: 'unix:///run/docker.sock' }, 'docker-overlay takes no --docker-host'],
    [{ image: 'alpine' }, 'docker-overlay takes no --image'],
    [{ subnet: '198.18.7.0/24' }, 'docker-overlay takes no --subnet'],
  ] as const)('refuses %j', async (options, message) => {
    await expect(planTopology('docker-overlay', options)).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining(message),
    });
  });
});

describe('docker-overlay --store etcd', () => {
  /** With nothing on the machine but these programs, each of which says this of itself. */
  async function planWith(programs: Record<string, string>) {
    const directory = mkdtempSync(join(tmpdir(), 'vnetperf-path-'));
    const path = process.env.PATH;
    try {
      for (const [name, says] of Object.entries(programs)) {
        writeFileSync(join(directory, name), `#!/bin/sh\necho '${says}'\n`);
        chmodSync(join(directory, name), 0o755);
      }
      process.env.PATH = directory;
      return await planTopology('docker-overlay', { store: 'etcd' });
    } finally {
      process.env.PATH = path;
      rmSync(directory, { recursive: true });
    }
  }

  it('gives each engine the store and the address it is found at', async () => {
    const plan = await planWith({ etcd: '', dockerd: 'Docker version 20.10.24+dfsg1, build 5d6db84' });
    expect(plan.remarks).toContain('networks by etcd');
    const daemons = planLines(plan).filter((line) => line.includes('dockerd --host'));
    expect(daemons).toEqual([
      expect.stringContaining('--cluster-store etcd://198.18.40.1:2379 --cluster-advertise 198.18.40.1:2376'),
      expect.stringContaining('--cluster-store etcd://198.18.40.1:2379 --cluster-advertise 198.18.40.2:2376'),
    ]);
    expect(planLines(plan)).toContainEqual(expect.stringMatching(/^host1: etcd .*--enable-v2=true/));
  });

  it('is refused where the engine is too new for it', async () => {
    await expect(planWith({ etcd: '', dockerd: 'Docker version 28.2.2, build e6534b4' })).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message:
        'docker-overlay --store etcd needs an engine before 23.0, which took key-value stores out, and this is version 28.2.2',
    });
  });

  it('is refused where there is no etcd', async () => {
    await expect(planWith({ dockerd: 'Docker version 20.10.24' })).rejects.toMatchObject({
      code: 'ERR_COMMAND_MISSING',
      remedy: expect.stringContaining('etcd-server'),
    });
  });
});
