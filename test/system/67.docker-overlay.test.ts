import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import { locateCommand } from '../../lib/platform/run-command.js';
import { type Topology, topology } from '../../lib/topology/topology.js';
import { LabCommands } from '../support/lab-command.js';
import { controlGroupsOf, remaining } from '../support/machine-state.js';

const root = process.getuid?.() === 0;
const installed = ['docker', 'dockerd'].every((program) => locateCommand(program) !== undefined);
const expected = root && (Boolean(process.env.CI) || installed);

let lab: LabCommands;
beforeEach(() => {
  lab = new LabCommands();
});
afterEach(() => lab.dispose());

const stores = ['swarm', 'etcd'] as const;

describe.runIf(expected).each(stores)('run docker-overlay --store %s', (store) => {
  it.each([
    ['TCP', []],
    ['TCP, the server sends', ['-R']],
    ['UDP', ['-u', '-b', '50M']],
    ['three pairs of ends', ['--endpoints', '3', '-P', '3']],
  ])('carries %s and leaves nothing', async (_, options) => {
    const { status, stdout, stderr } = await lab.run(
      ...(['run', 'docker-overlay', '--store', store, '-t', '1', '-J'] as const),
      ...options,
    );
    expect(stderr).toBe('');
    const { error, end, vnetperf } = JSON.parse(stdout);
    expect({ status, error }).toEqual({ status: 0 });
    expect(end.sum_received.bits_per_second).toBeGreaterThan(1e6);
    expect(vnetperf.topology).toMatchObject({ kind: 'docker-overlay', remarks: [`networks by ${store}`] });
    expect(await remaining(() => lab.left())).toEqual([]);
  });
});

describe.runIf(expected)('docker-overlay', () => {
  it('asks its own engines, whatever the user has set for others', async () => {
    Object.assign(lab.environment, {
      DOCKER_HOST: 'tcp://192.0.2.1:2376',
      DOCKER_CONTEXT: 'nowhere',
      DOCKER_TLS: '1',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: '/nowhere',
      DOCKER_API_VERSION: '1.10',
      DOCKER_CONTENT_TRUST: '1',
      DOCKER_DEFAULT_PLATFORM: 'linux/s390x',
    });
    expect(await lab.run('run', 'docker-overlay', '-t', '1')).toMatchObject({ status: 0, stderr: '' });
    expect(await remaining(() => lab.left())).toEqual([]);
  });

  const hopsOf = ({ path }: Topology) => path.hops.map(({ namespace, kind, mtuBytes }) => [namespace, kind, mtuBytes]);

  it('shows bridge and tunnel of either host, and two of them do not meet', async () => {
    const [one, other] = await Promise.all([topology('docker-overlay'), topology('docker-overlay', { store: 'etcd' })]);
    await using _one = one;
    await using _other = other;
    for (const network of [one, other]) {
      expect(hopsOf(network)).toEqual([
        ['client', 'veth', 1450],
        ['overlay-host1', 'veth', 1450],
        ['overlay-host1', 'bridge', 1450],
        ['overlay-host1', 'vxlan', 1450],
        ['host1', 'veth', 1500],
        ['host2', 'veth', 1500],
        ['overlay-host2', 'vxlan', 1450],
        ['overlay-host2', 'bridge', 1450],
        ['overlay-host2', 'veth', 1450],
        ['server', 'veth', 1450],
      ]);
      expect(network.client.ipv6).toBeUndefined();
      expect(network.times.startUpMs).toBeGreaterThan(0);
    }
  });

  it('has ends whose packets fit the link', async () => {
    await using network = await topology('docker-overlay', { linkMtuBytes: 9000 });
    expect(network.path.pathMtuBytes).toBe(8950);
  });

  it('is found to carry less than an MTU that is too large for its tunnel', async () => {
    const failure = await topology('docker-overlay', { mtuBytes: 1500 }).then(
      async (network) => {
        await network.close();
        throw new Error('it was taken for sound');
      },
      (error) => error,
    );
    expect(failure.code).toBe('ERR_PATH_MTU');
    expect(failure.message).toContain('1450');
  });

  it('is refused where there is no docker, with the way to get it', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'vnetperf-path-'));
    try {
      for (const program of ['node', 'ip', 'tc', 'nsenter', 'unshare', 'setpriv', 'mount', 'find', 'sh']) {
        const script = join(bin, program);
        writeFileSync(script, `#!/bin/sh\nexec ${locateCommand(program)} "$@"\n`);
        chmodSync(script, 0o755);
      }
      const without = new LabCommands({ env: { PATH: bin } });
      const { status, stderr } = await without.run('run', 'docker-overlay', '-t', '1');
      await without.dispose();
      expect(status).toBe(1);
      expect(stderr).toMatch(/docker-overlay.*docker.*\n.*apt-get install docker\.io/);
    } finally {
      rmSync(bin, { recursive: true });
    }
  });

  it('is refused to an ordinary user', () => {
    const [program, ...words] = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
    let said = '';
    try {
      const entry = new URL('../../dist/cli/main.js', import.meta.url).pathname;
      execFileSync('setpriv', [program!, ...words, process.execPath, entry, 'run', 'docker-overlay', '-t', '1'], {
        stdio: 'pipe',
        timeout: 20_000,
        env: { ...process.env, VNETPERF_STATE_DIRECTORY: join(tmpdir(), 'vnetperf-nobody') },
      });
    } catch (error) {
      said = String((error as { stderr?: Buffer }).stderr);
    }
    expect(said).toMatch(/docker-overlay cannot be built: an engine of its own .* may not\n {2}Run vnetperf as root/);
  });

  it('writes nothing where the machine keeps its own engine', async () => {
    const places = [
      '/etc',
      '/etc/docker',
      '/opt',
      '/opt/containerd',
      '/run',
      '/run/docker',
      '/var/lib',
      '/run/containerd',
    ];
    const seen = () =>
      places.map((path) => {
        const stat = statSync(path, { throwIfNoEntry: false });
        return [path, stat?.ino, stat?.isDirectory() ? readdirSync(path).filter((name) => name !== 'vnetperf') : []];
      });
    const before = seen();
    await using _ = await topology('docker-overlay');
    expect(seen()).toEqual(before);
  });
});

/** Processes in the control groups that labs of this process have made. */
function contained(groups: readonly string[]): string[] {
  return groups.flatMap((group) =>
    readdirSync(group, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('cgroup.procs'))
      .flatMap((file) => readFileSync(join(group, file), 'utf8').split('\n'))
      .filter((line) => line !== ''),
  );
}

describe.runIf(expected)('the engines of docker-overlay', () => {
  it('end with a lab that is killed, with all they have started, before anybody collects', async () => {
    const running = lab.start('run', 'docker-overlay', '-t', '20');
    expect(await running.printed(/client .* server /)).toBe(true);
    const groups = controlGroupsOf([running.pid]);
    expect(contained(groups).length).toBeGreaterThan(0);
    running.signal('SIGKILL');
    await running.finished();
    // Files of the lab's directory and empty groups are left for the collector.
    const isProcess = (left: string | number) => typeof left === 'number';
    expect(await remaining(() => lab.left().filter(isProcess))).toEqual([]);
    expect(await remaining(() => contained(groups))).toEqual([]);
    expect(await lab.run('topology', 'gc')).toMatchObject({ status: 0, stderr: '' });
    expect(lab.left()).toEqual([]);
  });

  it('stay with a network that has a name, and their containers are places', async () => {
    expect(
      await lab.run('topology', 'up', 'docker-overlay', '--name', 'test-overlay', '--endpoints', '2'),
    ).toMatchObject({
      status: 0,
    });
    const socket = lab.stateFiles().find((file) => file.endsWith('host1.sock'))!;
    const host = `unix://${join(lab.directory, 'state', socket)}`;
    const words = ['docker:client', 'docker:client2', '--docker-host', host, '-t', '1', '-J'];
    const { status, stdout } = await lab.run('between', ...words);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).end.sum_received.bytes).toBeGreaterThan(0);
    // As `topology up` says it.
    const namespaces = ['client', 'server'].map((end) =>
      host.slice('unix://'.length).replace('host1.sock', `${end}.namespace`),
    );
    expect(await lab.run('between', ...namespaces, '-t', '1')).toMatchObject({ status: 0 });
    expect(await lab.run('topology', 'exec', 'test-overlay', 'server2', '--', 'ip', 'address')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('198.18.60.5/24'),
    });
    expect(await lab.run('topology', 'gc')).toMatchObject({ status: 0, stdout: 'nothing to remove\n' });
    expect(await lab.run('topology', 'down', 'test-overlay')).toMatchObject({ status: 0, stderr: '' });
    expect(await remaining(() => lab.left())).toEqual([]);
  });

  it('come back when they are killed, as a service manager would bring them back', async () => {
    await lab.run('topology', 'up', 'docker-overlay', '--name', 'test-restart');
    const socket = join(lab.directory, 'state', lab.stateFiles().find((file) => file.endsWith('host1.sock'))!);
    const docker = (...words: string[]) =>
      execFileSync('docker', ['--host', `unix://${socket}`, ...words], {
        encoding: 'utf8',
        timeout: 10_000,
        stdio: 'pipe',
      });
    const engine = loadNative().unixListener(socket);
    process.kill(engine, 'SIGKILL');
    await expect
      .poll(() => docker('container', 'ls', '--all', '--format', '{{.Names}}'), { timeout: 20_000, interval: 200 })
      .toContain('client');
    expect(loadNative().unixListener(socket)).not.toBe(engine);
    expect(await lab.run('topology', 'down', 'test-restart')).toMatchObject({ status: 0 });
    expect(await remaining(() => lab.left())).toEqual([]);
  });
});
