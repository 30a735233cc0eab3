import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { topology } from '../../lib/topology/topology.js';
import { DockerEngine } from '../support/docker-engine.js';
import { commands, startServer } from '../support/iperf-process.js';
import { exitImage, pauseImage } from '../support/pause-image.js';
import { runInEngine } from '../support/run-in-engine.js';

const privileged = process.getuid?.() === 0 && DockerEngine.expected;

/** Status 1, what and remedy on stderr, and not one line of a report. */
async function refusal(engine: DockerEngine, ...words: string[]): Promise<[what: string, remedy: string]> {
  const { status, stdout, stderr } = await runInEngine(engine, ...words, '-t', '1');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  const [what = '', remedy = '', ...more] = stderr.trim().split('\n');
  expect(more).toEqual([]);
  return [what, remedy.trim()];
}

describe.runIf(privileged)('an engine in trouble is said to be, before any traffic', () => {
  let engine: DockerEngine;
  beforeAll(async () => {
    engine = await DockerEngine.start();
  });
  afterAll(() => engine?.[Symbol.asyncDispose]());
  afterEach(async () => {
    if (engine.pid === undefined) await engine.startDaemon();
    expect(await engine.objects()).toEqual([]);
  });

  it('that is stopped', async () => {
    await engine.stopDaemon();
    const [what, remedy] = await refusal(engine, 'docker-bridge');
    expect(what).toBe(
      `vnetperf: docker-bridge: no engine of docker answers at ${engine.host}: No such file or directory`,
    );
    expect(remedy).toMatch(/^Start it with: systemctl start docker;/);
  });

  it.each([
    ['nat', 'docker-bridge'],
    ['nat', 'docker-published'],
    ['filter', 'docker-bridge'],
    ['filter', 'docker-published'],
  ])('whose chains in the table %s a firewall has removed, when %s is built', async (table, kind) => {
    engine.run('iptables', '-t', table, '-F');
    engine.run('iptables', '-t', table, '-X');
    try {
      const [what, remedy] = await refusal(engine, kind);
      expect(what).toContain(`vnetperf: ${kind}: the engine's chain DOCKER (table ${table}) of iptables is gone (`);
      expect(remedy).toMatch(/^Restart the engine/);
    } finally {
      await engine.stopDaemon();
      await engine.startDaemon();
    }
    expect((await runInEngine(engine, kind, '-t', '1')).status).toBe(0);
  });

  describe('whose addresses others have', () => {
    afterEach(() => {
      for (const link of engine.run('ip', '-brief', 'link').matchAll(/^(other\d)@/gm)) {
        if (link[1] === 'other0') engine.run('ip', 'link', 'delete', 'other0');
      }
    });

    it('a network of its own, with --subnet', async () => {
      await engine.docker('network', 'create', '--subnet', '198.19.7.0/24', 'web');
      try {
        const [what, remedy] = await refusal(engine, 'docker-bridge', '--subnet', '198.19.7.128/25');
        expect(what).toBe(
          'vnetperf: docker-bridge: the subnet 198.19.7.128/25 is in use: ' +
            'the network web of the engine has 198.19.7.0/24',
        );
        expect(remedy).toMatch(/^Choose a free one with --subnet/);
      } finally {
        await engine.docker('network', 'rm', 'web');
      }
    });

    it('a route over the whole range: another is to be named', async () => {
      engine.run('ip', 'link', 'add', 'other0', 'type', 'veth', 'peer', 'name', 'other1');
      for (const end of ['other0', 'other1']) engine.run('ip', 'link', 'set', end, 'up');
      engine.run('ip', 'route', 'add', '198.18.0.0/15', 'dev', 'other0');
      const [what] = await refusal(engine, 'docker-bridge');
      expect(what).toBe(
        'vnetperf: docker-bridge: every /24 of 198.18.0.0/15 is in use: ' +
          'a route by other0 where the engine is has 198.18.0.0/15',
      );
      engine.run('ip', 'route', 'del', '198.18.0.0/15', 'dev', 'other0');
      // Half of a default route says nothing about who has an address.
      engine.run('ip', 'route', 'add', '128.0.0.0/1', 'dev', 'other0');
      expect((await runInEngine(engine, 'docker-bridge', '-t', '1')).status).toBe(0);
    });

    it('all but two: of two networks that choose at the same moment, each gets one', async () => {
      engine.run('ip', 'link', 'add', 'other0', 'type', 'veth', 'peer', 'name', 'other1');
      for (const end of ['other0', 'other1']) engine.run('ip', 'link', 'set', end, 'up');
      const others = ['198.18.0.0/16', '198.19.0.0/17', '198.19.128.0/18', '198.19.192.0/19', '198.19.224.0/20'];
      others.push('198.19.240.0/21', '198.19.248.0/22', '198.19.252.0/23');
      for (const prefix of others) engine.run('ip', 'route', 'add', prefix, 'dev', 'other0');
      // Every second time both choose the same at first.
      for (let round = 0; round < 4; round++) {
        const networks = await Promise.allSettled(
          [1, 2].map(() => topology('docker-bridge', { engineHost: engine.host })),
        );
        const stand = networks.flatMap((built) => (built.status === 'fulfilled' ? [built.value] : []));
        const subnets = stand.map(({ client }) => client.ipv4?.split('.').slice(0, 3).join('.'));
        await Promise.all(stand.map((network) => network.close()));
        expect(networks).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
        expect(subnets.toSorted()).toEqual(['198.19.254', '198.19.255']);
      }
    });
  });

  it.each(['docker-published', 'docker-host'])('whose port another has, when %s is built', async (kind) => {
    await using _ = await startServer('iperf3', engine.namespace.fd, ['--bind', '127.0.0.1'], { port: 5299 });
    const { status, stderr } = await runInEngine(engine, kind, '-p', '5299', '-t', '1');
    expect(status).toBe(1);
    expect(stderr).toContain(`vnetperf: ${kind}: the port 5299 is taken where the engine is`);
    expect(stderr).toContain('Choose another with -p, or leave -p out for a free one.');
  });

  it('without the image', async () => {
    const [what, remedy] = await refusal(engine, 'docker-none', '--image', 'nobody/has:this');
    expect(what).toBe('vnetperf: docker-none: the engine has no image nobody/has:this');
    expect(remedy).toBe(`Get it with: docker -H ${engine.host} pull nobody/has:this`);
  });

  it.each([
    ['a program that cannot be executed', ['/nothing'], 'holds no program that the engine could start'],
    ['no command', undefined, /no program that the engine could start|No command specified/i],
  ])('with an image of %s', async (_, command, message) => {
    const change = command === undefined ? [] : ['--change', `CMD ${JSON.stringify(command)}`];
    await engine.dockerWithInput(pauseImage(), 'import', ...change, '-', 'bad:1');
    try {
      const [what] = await refusal(engine, 'docker-none', '--image', 'bad:1');
      expect(what).toMatch(message);
    } finally {
      await engine.docker('image', 'rm', 'bad:1');
    }
  });

  it('with an image whose program ends at once', async () => {
    await engine.dockerWithInput(exitImage(), 'import', '--change', 'CMD ["/exit"]', '-', 'brief:1');
    try {
      const [what, remedy] = await refusal(engine, 'docker-bridge', '--image', 'brief:1');
      expect(what).toMatch(/a container of the image brief:1 ended as soon as it was started|does not run/);
      expect(remedy).toMatch(/--image/);
    } finally {
      await engine.docker('image', 'rm', 'brief:1');
    }
  });

  it('that is not on this machine', () => {
    const words = ['run', 'docker-bridge', '-t', '1', '--docker-host', 'tcp://198.18.0.1:2375'];
    const [program, ...more] = commands.vnetperf;
    const { status, stderr } = spawnSync(program!, [...more, ...words], { encoding: 'utf8', timeout: 20_000 });
    expect(status).toBe(1);
    expect(stderr).toMatch(/docker-bridge needs an engine on this machine, and docker's listens at tcp:\/\/198/);
  });

  it('that this user may not use', () => {
    const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const words = ['run', 'docker-bridge', '-t', '1', '--docker-host', engine.host];
    const { status, stderr } = spawnSync('setpriv', [...nobody, ...commands.vnetperf, ...words], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(status).toBe(1);
    expect(stderr).toContain('Run vnetperf as root.');
  });
});
