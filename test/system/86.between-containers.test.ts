import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerEngine } from '../support/docker-engine.js';
import { type Finished, IperfProcess, run } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { holdersOfNamespace } from '../support/machine-state.js';
import { pauseImage } from '../support/pause-image.js';

const privileged = process.getuid?.() === 0 && DockerEngine.expected;
const SUBNET = '198.18.150.0/24';

interface Report {
  end: { sum_sent: { bytes: number }; sum_received: { bytes: number; packets?: number; lost_packets?: number } };
  vnetperf: {
    topology: {
      kind: string;
      path: {
        clientAddress: string;
        serverAddress: string;
        pathMtuBytes: number;
        hops: {
          namespace: string;
          interface: string;
          kind: string;
          mtuBytes: number;
          qdisc: string;
          master?: string;
        }[];
      };
    };
  };
}

describe.runIf(privileged)('between containers whose image holds one static binary', () => {
  let engine: DockerEngine;
  beforeAll(async () => {
    engine = await DockerEngine.start();
    await engine.dockerWithInput(pauseImage(), 'import', '-', 'pause:1');
    await engine.docker(
      'network',
      'create',
      '--subnet',
      SUBNET,
      '--opt',
      'com.docker.network.bridge.name=testbr',
      'one',
    );
    await engine.docker('network', 'create', '--subnet', '198.18.151.0/24', 'other');
    for (const name of ['web', 'db']) await start(name, '--network', 'one');
    await start('apart', '--network', 'other');
    await start('bare', '--network', 'host');
    await start('alone', '--network', 'none');
    await engine.docker('create', '--name', 'asleep', 'pause:1', '/pause');
  });
  afterAll(() => engine?.[Symbol.asyncDispose]());

  async function start(name: string, ...options: string[]): Promise<void> {
    await engine.docker('run', '--detach', '--name', name, ...options, 'pause:1', '/pause');
  }

  /** From a network that is nobody's: the way to the containers is found, not had. */
  async function between(...words: string[]): Promise<Finished> {
    using elsewhere = new LoopbackNamespace();
    return await run('vnetperf', elsewhere.fd, ['between', '--docker-host', engine.host, ...words], {
      deadlineMs: 30_000,
    });
  }

  async function report(...words: string[]): Promise<Report> {
    const { status, stdout, stderr } = await between(...words, '-t', '1', '-J');
    if (status !== 0) throw new Error(`${words.join(' ')} ended with status ${status}: ${stderr}${stdout}`);
    return JSON.parse(stdout) as Report;
  }

  /** All that an engine says of a container, its files, its processes, its addresses and its listening sockets. */
  async function stateOf(name: string) {
    const pid = Number(await engine.docker('inspect', '--format', '{{.State.Pid}}', name));
    const inode = Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0]);
    return {
      inspected: JSON.parse(await engine.docker('inspect', name)),
      diff: await engine.docker('diff', name),
      processes: await engine.docker('top', name, '-eo', 'pid,comm,lstart'),
      holders: holdersOfNamespace(inode),
      sockets: ['tcp', 'tcp6', 'udp', 'udp6']
        .map((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8'))
        .map(lines),
      addresses: readFileSync(`/proc/${pid}/net/fib_trie`, 'utf8'),
    };
  }

  describe('docker:web docker:db', () => {
    it('TCP, with the way that packets take', async () => {
      const { end, vnetperf } = await report('docker:web', 'docker:db');
      expect(end.sum_received.bytes).toBeGreaterThan(10_000_000);
      const { kind, path } = vnetperf.topology;
      expect(kind).toBe('between');
      expect(path).toMatchObject({
        clientAddress: '198.18.150.2',
        serverAddress: '198.18.150.3',
        pathMtuBytes: 1500,
        hops: [
          { namespace: 'docker:web', interface: 'eth0', kind: 'veth' },
          { interface: expect.stringMatching(/^veth/), kind: 'veth', master: 'testbr' },
          { interface: 'testbr', kind: 'bridge' },
          { interface: expect.stringMatching(/^veth/), kind: 'veth', master: 'testbr' },
          { namespace: 'docker:db', interface: 'eth0', kind: 'veth' },
        ],
      });
      for (const hop of path.hops) expect(hop).toMatchObject({ mtuBytes: 1500, qdisc: expect.any(String) });
    });

    it('TCP -R', async () => {
      const { end } = await report('docker:web', 'docker:db', '-R');
      expect(end.sum_received.bytes).toBeGreaterThan(10_000_000);
    });

    it('UDP', async () => {
      const { end } = await report('docker:web', 'docker:db', '-u', '-b', '20M');
      expect(end.sum_received.packets).toBeGreaterThan(1_000);
      expect(end.sum_received.lost_packets).toBe(0);
    });

    it('in words: the head names both and what is between', async () => {
      const { status, stdout } = await between('docker:web', 'docker:db', '-t', '1');
      expect(stdout).toMatch(
        /^between docker:web and docker:db: client 198\.18\.150\.2 \(not pinned\) -> veth\S+ -> testbr -> veth\S+ -> server 198\.18\.150\.3 \(not pinned\) {3}MTU 1500, path MTU 1500/,
      );
      expect(stdout).toMatch(/^\[ {2}5\] local 198\.18\.150\.2 port \d+ connected to 198\.18\.150\.3 port 5201$/m);
      expect(status).toBe(0);
    });

    it('changes nothing in them: not restarted, no file, no process, no socket, no address', async () => {
      const before = { web: await stateOf('web'), db: await stateOf('db') };
      const objects = await engine.objects();
      await report('docker:web', 'docker:db');
      await report('docker:web', 'docker:db', '-u', '-b', '10M', '-R');
      const after = { web: await stateOf('web'), db: await stateOf('db') };
      expect(withoutClosedConnections(after.web)).toEqual(withoutClosedConnections(before.web));
      expect(withoutClosedConnections(after.db)).toEqual(withoutClosedConnections(before.db));
      expect(before.web.diff).toBe('');
      expect(await engine.objects()).toEqual(objects);
    });
  });

  it('a container and itself, over its loopback', async () => {
    const { end, vnetperf } = await report('docker:web', 'docker:web');
    expect(end.sum_received.bytes).toBeGreaterThan(10_000_000);
    expect(vnetperf.topology.path.hops).toMatchObject([{ namespace: 'docker:web', interface: 'lo' }]);
  });

  it('a container of no network and itself: its loopback is all there is', async () => {
    const { vnetperf } = await report('docker:alone', 'docker:alone', '-R');
    expect(vnetperf.topology.path.serverAddress).toBe('127.0.0.1');
  });

  it('the same container by its name and by its process', async () => {
    const pid = await engine.docker('inspect', '--format', '{{.State.Pid}}', 'db');
    const { vnetperf } = await report(`pid:${pid}`, 'docker:web');
    expect(vnetperf.topology.path).toMatchObject({ clientAddress: '198.18.150.3', serverAddress: '198.18.150.2' });
  });

  it("host and a container, where host is the engine's own network", async () => {
    for (const places of [
      ['host', 'docker:web'],
      ['docker:web', 'host'],
      ['docker:bare', 'docker:web'],
    ]) {
      const words = ['between', ...places, '--docker-host', engine.host, '-t', '1', '-J'];
      const { status, stdout, stderr } = await run('vnetperf', engine.namespace.fd, words);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const { end, vnetperf } = JSON.parse(stdout) as Report;
      expect(end.sum_received.bytes).toBeGreaterThan(10_000_000);
      const names = vnetperf.topology.path.hops.map((hop) => hop.interface);
      const towardsContainer = places[0] === 'docker:web' ? names.toReversed() : names;
      expect(towardsContainer).toEqual(['testbr', expect.stringMatching(/^veth/), 'eth0']);
    }
  });

  describe('is one sentence and status 1 when', () => {
    async function refusal(...words: string[]): Promise<string> {
      const { status, stdout, stderr } = await between(...words, '-t', '1');
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr.trim().split('\n').length).toBe(2);
      return stderr;
    }

    it('there is no such container', async () => {
      expect(await refusal('docker:web', 'docker:nobody')).toContain(
        `vnetperf: docker at ${engine.host} has no container nobody\n  Those that run are listed by: docker -H ${engine.host} ps`,
      );
    });

    it('the container does not run', async () => {
      expect(await refusal('docker:asleep', 'docker:web')).toBe(
        'vnetperf: the container asleep does not run (its state is created)\n' +
          `  Start it with: docker -H ${engine.host} start asleep\n`,
      );
    });

    it('the engine keeps two networks apart', async () => {
      expect(await refusal('docker:web', 'docker:apart')).toMatch(
        /^vnetperf: docker:web does not reach docker:apart at 198\.18\.151\.2 \(/,
      );
    });

    it('the other has no address that could be reached', async () => {
      expect(await refusal('docker:web', 'docker:alone')).toBe(
        'vnetperf: docker:alone has no address that another place could reach\n' +
          `  See what it has with: nsenter -t ${await engine.docker('inspect', '--format', '{{.State.Pid}}', 'alone')} -n ip address\n`,
      );
    });

    it('only IPv6 will do and there is none', async () => {
      expect(await refusal('docker:web', 'docker:db', '-6')).toContain(
        'docker:db has no IPv6 address that another place could reach',
      );
    });

    it('an MTU on the way is too small: found before traffic, with the hop', async () => {
      const port = (await report('docker:web', 'docker:db')).vnetperf.topology.path.hops[3]!.interface;
      engine.run('ip', 'link', 'set', port, 'mtu', '1400');
      try {
        const told = await refusal('docker:web', 'docker:db');
        expect(told).toMatch(/has a path MTU of 140[04] bytes, .* but eth0 in docker:web has an MTU of 1500/);
        expect(told).toContain(`they part at ${port} in `);
        expect(told).toContain(`ip link set ${port} mtu 1500`);
      } finally {
        engine.run('ip', 'link', 'set', port, 'mtu', '1500');
        engine.run('ip', 'link', 'set', 'testbr', 'mtu', '1500');
      }
    });

    it('no engine listens there', async () => {
      const nowhere = `unix://${engine.directory}/nobody.sock`;
      expect(await refusal('docker:web', 'docker:db', '--docker-host', nowhere)).toMatch(
        `vnetperf: no engine of docker answers at ${nowhere}\n  Start it, or say with --docker-host`,
      );
    });

    it('the port is taken', async () => {
      await using listener = new IperfProcess('vnetperf', engine.namespace.fd, ['-s', '-p', '5333']);
      await listener.listening(5333);
      const words = ['between', 'docker:web', 'host', '--docker-host', engine.host, '-p', '5333', '-t', '1'];
      const { status, stderr } = await run('vnetperf', engine.namespace.fd, words);
      expect(stderr).toMatch(/^vnetperf: .*Address already in use/);
      expect(status).toBe(1);
    });
  });

  it('a container that stops meanwhile ends the test with an error, at once', async () => {
    await start('mortal', '--network', 'one');
    using elsewhere = new LoopbackNamespace();
    const words = ['between', 'docker:web', 'docker:mortal', '--docker-host', engine.host, '-t', '30', '-i', '1'];
    await using measuring = new IperfProcess('vnetperf', elsewhere.fd, words);
    const deadline = performance.now() + 20_000;
    while (!/ 0\.00-1\.\d/.test(measuring.stdout) && performance.now() < deadline) await sleep(20);
    const killed = performance.now();
    await engine.docker('rm', '--force', 'mortal');
    const { status, stdout, stderr } = await measuring.finished(10_000);
    expect(performance.now() - killed).toBeLessThan(8_000);
    expect(status).toBe(1);
    expect(stderr + stdout).toContain('docker:mortal has ended while it was being measured');
  });
});

type State = Record<string, unknown> & { sockets: string[][] };

/** TIME_WAIT (06) is the kernel's memory of a connection that is over: nobody's socket. */
function withoutClosedConnections<Kept extends State>(state: Kept): Kept {
  return {
    ...state,
    sockets: state.sockets.map((table) => table.filter((line) => line.split(/\s+/)[3] !== '06').length),
  } as never;
}

function lines(text: string): string[] {
  const [, ...rows] = text.trim().split('\n');
  return rows.map((row) => row.trim());
}
