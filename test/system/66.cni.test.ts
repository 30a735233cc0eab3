import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { topology } from '../../lib/topology/topology.js';
import { LabCommands } from '../support/lab-command.js';
import { remaining } from '../support/machine-state.js';
import { writeNotedPlugin } from '../support/noted-cni-plugin.js';

const root = process.getuid?.() === 0;
const directory = mkdtempSync(join(tmpdir(), 'vnetperf-cni-'));
afterAll(() => rmSync(directory, { recursive: true }));

const ipam = (...subnets: string[]) => ({
  type: 'host-local',
  ranges: subnets.map((subnet) => [{ subnet }]),
  routes: [{ dst: '0.0.0.0/0' }],
});
const BRIDGE = { type: 'bridge', isGateway: true, ipMasq: true, ipam: ipam('198.18.50.0/24') };
const PORTMAP = { type: 'portmap', capabilities: { portMappings: true } };

let files = 0;
/** A file that holds this list. */
function configuration(plugins: object[], more: object = {}): string {
  const path = join(directory, `${++files}.conflist`);
  writeFileSync(path, JSON.stringify({ cniVersion: '1.0.0', name: `net${files}`, plugins, ...more }));
  return path;
}

const CALLS = join(directory, 'calls');
writeNotedPlugin(directory, CALLS);
const NOTED = { type: 'noted' };
const WITH_NOTED = ['--cni-path', `${directory}:/usr/lib/cni`];
const calls = () => (existsSync(CALLS) ? readFileSync(CALLS, 'utf8').trim().split('\n') : []);

describe.runIf(root)('cni', () => {
  const outside = ['/var/lib/cni', '/run/cni'].map((path) => [path, existsSync(path)] as const);
  let vnetperf: LabCommands;
  const useEnvironment = (env: NodeJS.ProcessEnv) => Object.assign(vnetperf.environment, env);
  beforeEach(() => {
    rmSync(CALLS, { force: true });
    vnetperf = new LabCommands();
  });
  afterEach(async () => {
    const left = await remaining(() => vnetperf.left());
    await vnetperf.dispose();
    expect(left).toEqual([]);
    for (const [path, there] of outside) expect(existsSync(path)).toBe(there);
  });

  async function measured(...args: string[]) {
    const { status, stdout, stderr } = await vnetperf.run('run', 'cni', ...args, '-J');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout);
  }

  describe.each([
    ['bridge', BRIDGE, /^198\.18\.50\.\d+$/, ['veth', 'veth', 'bridge', 'veth', 'veth'], 'cni0'],
    [
      'ptp',
      { type: 'ptp', ipam: ipam('198.18.51.0/24') },
      /^198\.18\.51\.\d+$/,
      ['veth', 'veth', 'veth', 'veth'],
      'host',
    ],
    [
      'macvlan',
      { type: 'macvlan', ipam: ipam('198.18.52.0/24') },
      /^198\.18\.52\.\d+$/,
      ['macvlan', 'veth', 'macvlan'],
      'eth0',
    ],
  ])('with %s', (_, plugin, address, hops, via) => {
    const conf = configuration([plugin]);

    it('stands, with what the plugin chose', async () => {
      await using lab = await topology('cni', { cniConf: conf });
      for (const end of [lab.client, lab.server]) {
        expect(end).toMatchObject({ interface: 'eth0', ipv4: expect.stringMatching(address), mtuBytes: 1500 });
      }
      expect(lab.path.hops.map(({ kind }) => kind)).toEqual(hops);
      expect(lab.description()).toContain(`-> ${via} -> server`);
      expect(lab.findings.filter(({ code }) => code === 'ERR_CNI_PLUGIN')).toEqual([]);
    });

    it('carries TCP, UDP and the other way round', async () => {
      for (const words of [
        ['-n', '20M'],
        ['-n', '20M', '-R'],
        ['-u', '-b', '50M', '-t', '1'],
      ]) {
        const { end } = await measured('--conf', conf, ...words);
        expect((end.sum_received ?? end.sum).bytes).toBeGreaterThan(3e6);
      }
    });

    it('takes another MTU', async () => {
      await using lab = await topology('cni', { cniConf: conf, mtuBytes: 1400 });
      expect(lab.client.mtuBytes).toBe(1400);
      expect(lab.path.pathMtuBytes).toBe(1400);
    });
  });

  it('carries IPv6 where the address manager has a range of it', async () => {
    const plugin = { ...BRIDGE, ipam: ipam('198.18.50.0/24', 'fd00:198:18:50::/64') };
    await using lab = await topology('cni', { cniConf: configuration([plugin]) });
    expect(lab.server.ipv6).toMatch(/^fd00:198:18:50::/);
    expect(lab.server.ipv4).toMatch(/^198\.18\.50\./);
  });

  it('carries IPv6 alone', async () => {
    const plugin = { ...BRIDGE, ipMasq: false, ipam: { ...ipam('fd00:198:18:50::/64'), routes: [] } };
    const { start, end } = await measured('--conf', configuration([plugin]), '-n', '10M');
    expect(start.connected[0].remote_host).toMatch(/^fd00:198:18:50::/);
    expect(end.sum_received.bytes).toBeGreaterThan(5e6);
  });

  describe('with bridge, portmap, bandwidth and tuning in a chain', () => {
    const rate = { ingressRate: 100_000_000, ingressBurst: 800_000, egressRate: 100_000_000, egressBurst: 800_000 };
    const chain = configuration([
      { ...BRIDGE, mtu: 1400 },
      PORTMAP,
      { type: 'bandwidth', ...rate },
      { type: 'tuning', sysctl: { 'net.core.somaxconn': '511' } },
    ]);

    it('is as fast as it is configured, and no faster', async () => {
      // TCP's payload with time stamps of what a packet is to a token bucket: with Ethernet's header.
      const expected = (rate.ingressRate * 1348) / 1414;
      const rates: number[] = [];
      for (let run = 0; run < 3 && !rates.some((one) => one > 0.985 * expected); run++) {
        const { end } = await measured('--conf', chain, '-C', 'cubic', '-O', '1', '-t', '2');
        rates.push(end.sum_received.bits_per_second);
      }
      expect(Math.max(...rates) / expected).toBeGreaterThan(0.985);
      expect(Math.max(...rates) / expected).toBeLessThan(1.015);
    });

    it("publishes the server's port on the host, and sets what it shall", async () => {
      const up = await vnetperf.run('topology', 'up', 'cni', '--conf', chain, '--name', 'test-cni');
      expect(up).toMatchObject({ status: 0 });
      const at = (end: string, ...command: string[]) =>
        vnetperf.run('topology', 'exec', 'test-cni', end, '--', ...command);
      expect((await at('server', 'sysctl', '-n', 'net.core.somaxconn')).stdout).toBe('511\n');
      const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
      const server = vnetperf.start('topology', 'exec', 'test-cni', 'server', '--', process.execPath, main, '-s', '-1');
      expect(await server.printed(/listening/i)).toBe(true);
      const client = await at('client', process.execPath, main, '-c', '198.18.40.1', '-n', '1M');
      expect(client).toMatchObject({ status: 0, stderr: '' });
      expect(await server.finished()).toMatchObject({ status: 0 });
      expect(await vnetperf.run('topology', 'down', 'test-cni')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    });

    it('is built by its script, and removed', async () => {
      const { stdout } = await vnetperf.run('run', 'cni', '--conf', chain, '--dry-run');
      const script = join(directory, 'script.sh');
      writeFileSync(script, stdout.replaceAll('vnp-', `vnpt${process.pid}-`).replace('\nset +e\n', '\n'));
      execFileSync('sh', [script], { stdio: 'pipe', timeout: 60_000 });
    });
  });

  describe('calls plugins as a runtime does', () => {
    it('ADD with the result before it, CHECK with the last one, DEL in reverse with it', async () => {
      const conf = configuration([BRIDGE, NOTED]);
      await measured('--conf', conf, ...WITH_NOTED, '-n', '1M');
      expect(calls()).toEqual([
        'ADD client result',
        'ADD server result',
        'CHECK client result',
        'CHECK server result',
        'DEL server result',
        'DEL client result',
      ]);
    });

    it('no CHECK before CNI 0.4.0 nor where it is disabled, and no result for DEL before 0.4.0', async () => {
      const old = await measured(
        '--conf',
        configuration([BRIDGE, NOTED], { cniVersion: '0.3.1' }),
        ...WITH_NOTED,
        '-n',
        '1M',
      );
      expect(calls()).toEqual(['ADD client result', 'ADD server result', 'DEL server none', 'DEL client none']);
      expect(old.vnetperf.topology.remarks).toContain('no CHECK in CNI 0.3.1');
      rmSync(CALLS);
      const conf = configuration([BRIDGE, NOTED], { disableCheck: true });
      await measured('--conf', conf, ...WITH_NOTED, '-n', '1M');
      expect(calls().filter((call) => call.startsWith('CHECK'))).toEqual([]);
    });

    it("with the machine's files, and without its bus", async () => {
      const seen = join(directory, 'seen');
      const look = 'ls /run; head -n 1 /var/lib/dpkg/status; echo "$DBUS_SYSTEM_BUS_ADDRESS"';
      const program = `#!/bin/sh\n{ ${look}; } >${seen}\nexec ${join(directory, 'noted')}\n`;
      writeFileSync(join(directory, 'looking'), program, { mode: 0o755 });
      const before = readdirSync('/run').filter((name) => !name.startsWith('.'));
      await measured('--conf', configuration([BRIDGE, { type: 'looking' }]), ...WITH_NOTED, '-n', '1M');
      const after = readdirSync('/run');
      const lines = readFileSync(seen, 'utf8').trim().split('\n');
      expect(lines).toEqual(expect.arrayContaining(before.filter((name) => after.includes(name))));
      const [package_] = readFileSync('/var/lib/dpkg/status', 'utf8').split('\n');
      expect(lines.slice(-2)).toEqual([package_, 'unix:path=/nonexistent']);
    });

    it('who keep addresses in the directory of the lab, whatever other they ask for', async () => {
      const dataDir = '/run/cni-ipam-state';
      const plugin = { ...BRIDGE, ipam: { ...BRIDGE.ipam, dataDir } };
      await using lab = await topology('cni', { cniConf: configuration([plugin]) });
      expect([lab.client.ipv4, lab.server.ipv4]).toEqual(['198.18.50.2', '198.18.50.3']);
      expect(existsSync(dataDir)).toBe(false);
    });

    it('DEL from another process than ADD', async () => {
      const conf = configuration([BRIDGE, NOTED]);
      const up = await vnetperf.run('topology', 'up', 'cni', '--conf', conf, ...WITH_NOTED, '--name', 'test-cni');
      expect(up).toMatchObject({ status: 0 });
      expect(up.stdout).toContain('client   198.18.50.2');
      rmSync(CALLS);
      expect(await vnetperf.run('topology', 'down', 'test-cni')).toMatchObject({ status: 0, stdout: '', stderr: '' });
      expect(calls()).toEqual(['DEL server result', 'DEL client result']);
    });
  });

  describe('a plugin that fails', () => {
    it('at the second ADD is quoted, and DEL is called for both', async () => {
      useEnvironment({ TEST_FAILS_AT: 'ADD server' });
      const conf = configuration([NOTED, { ...BRIDGE }].toReversed());
      const { status, stderr } = await vnetperf.run('run', 'cni', '--conf', conf, ...WITH_NOTED);
      expect(status).toBe(1);
      expect(stderr).toContain(
        'the CNI plugin noted, called with ADD for the container server, says: no room: for this one (code 42)',
      );
      expect(calls()).toEqual(['ADD client result', 'ADD server result', 'DEL server none', 'DEL client result']);
    });

    it('at CHECK is quoted in a warning', async () => {
      useEnvironment({ TEST_FAILS_AT: 'CHECK client' });
      const conf = configuration([BRIDGE, NOTED]);
      const { vnetperf: own } = await measured('--conf', conf, ...WITH_NOTED, '-n', '1M');
      expect(own.topology.findings).toContainEqual(
        expect.objectContaining({
          severity: 'warning',
          message: expect.stringContaining('noted, called with CHECK for the container client, says: no room'),
        }),
      );
      expect(calls().slice(-2)).toEqual(['DEL server result', 'DEL client result']);
    });

    it('at DEL is told, and nothing is left', async () => {
      useEnvironment({ TEST_FAILS_AT: 'DEL server' });
      const conf = configuration([BRIDGE, NOTED]);
      const { status, stderr } = await vnetperf.run('run', 'cni', '--conf', conf, ...WITH_NOTED, '-n', '1M');
      expect(status).toBe(1);
      expect(stderr).toContain(
        'the CNI plugin noted, called with DEL for the container server, says: no room: for this one (code 42); ' +
          'the namespaces and files of cni are gone all the same\n',
      );
      expect(calls().at(-1)).toBe('DEL client result');
    });

    it('to end DEL is ended after 10 s with all that it has started', async () => {
      useEnvironment({ TEST_WAITS_AT: 'DEL server' });
      const conf = configuration([BRIDGE, NOTED]);
      const { status, stderr } = await vnetperf.run('run', 'cni', '--conf', conf, ...WITH_NOTED, '-n', '1M');
      expect(status).toBe(1);
      expect(stderr).toContain('for the container server, says: nothing within 10 s, and was ended');
      expect(calls().at(-1)).toBe('DEL client result');
    });

    it.each([
      [
        'has a subnet that is none',
        [{ ...BRIDGE, ipam: ipam('198.18.50.0/33') }],
        /bridge, .* ADD .* says: .*198\.18\.50\.0\/33/,
      ],
      ['is not there', [{ type: 'no-such' }], /needs the CNI plugin no-such, which is not in .*\n.*apt-get install/],
      [
        'gives no address',
        [{ ...BRIDGE, isGateway: false, ipMasq: false, ipam: {} }],
        /gave the container client no IP/,
      ],
    ])('because it %s is told in a sentence', async (_, plugins, sentence) => {
      const { status, stderr } = await vnetperf.run('run', 'cni', '--conf', configuration(plugins));
      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(sentence) });
      expect(stderr.trim().split('\n')).toHaveLength(2);
    });

    it('to end is ended with all that it has started when the run is', async () => {
      useEnvironment({ TEST_WAITS_AT: 'ADD client' });
      const running = vnetperf.start('run', 'cni', '--conf', configuration([BRIDGE, NOTED]), ...WITH_NOTED);
      await expect.poll(calls, { timeout: 20_000 }).toEqual(['ADD client result']);
      running.signal('SIGTERM');
      await running.finished();
      expect(calls()).toContain('DEL client none');
    });
  });

  it.each([
    [[], /^vnetperf: cni needs the configuration of a network\n.*--conf/],
    [['--conf', '/no/such.conflist'], /configuration \/no\/such\.conflist is not there/],
  ])('%j is refused', async (words, sentence) => {
    const { status, stderr } = await vnetperf.run('run', 'cni', ...words);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(sentence) });
  });

  it('stands in comparisons, and so do two configurations', async () => {
    const [one, other] = [configuration([BRIDGE]), configuration([{ ...BRIDGE, mtu: 9000 }])];
    const { status, stdout } = await vnetperf.run('compare', 'cni', '--vary', `conf=${one},${other}`, '--dry-run');
    expect(status).toBe(0);
    for (const conf of [one, other]) expect(stdout).toContain(`run cni --conf ${conf}`);
    const both = await vnetperf.run('compare', 'bridge', 'cni', '--conf', one, '--dry-run');
    expect(both).toMatchObject({ status: 0, stderr: '' });
  });
});
