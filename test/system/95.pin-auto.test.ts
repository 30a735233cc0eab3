import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowedCores } from '../../lib/platform/cores.js';
import type { VnetperfFacts } from '../../lib/traffic/events.js';
import { commands, IperfProcess, run, startServer } from '../support/iperf-process.js';
import { LabCommands } from '../support/lab-command.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';

const root = process.getuid?.() === 0;

function factsIn(stdout: string): VnetperfFacts {
  return JSON.parse(stdout).vnetperf;
}

function started([program = '', ...words]: readonly string[]): string {
  return execFileSync(program, words, { encoding: 'utf8', timeout: 20_000 });
}

describe.runIf(root)('--pin auto', () => {
  let vnetperf: LabCommands;
  let namespace: LoopbackNamespace;
  beforeAll(() => {
    vnetperf = new LabCommands();
    namespace = new LoopbackNamespace();
  });
  afterAll(async () => {
    await vnetperf?.dispose();
    namespace?.[Symbol.dispose]();
  });

  it('of run says where the ends are and why, in a line and in JSON, and they are there', async () => {
    const text = await vnetperf.run('run', 'veth', '-n', '10M', '--pin', 'auto');
    expect(text.stdout).toMatch(/^veth: client \S+ \(core \d+\).*\n--pin auto: (cores \d+ and \d+|both ends)[, ].*\n/);

    const facts = factsIn((await vnetperf.run('run', 'veth', '-n', '10M', '--pin', 'auto', '-J')).stdout);
    expect(facts.placement).toEqual({
      client: [expect.any(Number)],
      server: [expect.any(Number)],
      why: expect.any(String),
    });
    const pins = [...facts.streams, ...(facts.peer?.streams ?? [])].map(({ pin }) => pin);
    const [client, server] = [facts.placement!.client, facts.placement!.server];
    expect(pins).toEqual([
      { asked: client, got: client },
      { asked: server, got: server },
    ]);
  });

  it('goes by the cores that this process may use', async () => {
    const [core] = allowedCores();
    await using taskset = new IperfProcess(['taskset', '-c', `${core}`, ...commands.vnetperf], namespace.fd, [
      'run',
      'veth',
      ...['-n', '10M', '--pin', 'auto', '-J'],
    ]);
    const { stdout } = await taskset.finished();
    expect(factsIn(stdout).placement).toEqual({
      client: [core],
      server: [core],
      why: expect.stringMatching(/^both ends share the only core this process may use: figures are of one core/),
    });
  });

  it('says nothing where cores are named, or none are asked for', async () => {
    for (const words of [['--pin', `${allowedCores()[0]}:`], []]) {
      const facts = factsIn((await vnetperf.run('run', 'veth', '-n', '10M', ...words, '-J')).stdout);
      expect(facts.placement).toBeUndefined();
    }
  });

  it('gives a client and a server of one machine different cores, as far as there are', async () => {
    await using server = await startServer('vnetperf', namespace.fd, ['-1', '-J', '--pin', 'auto']);
    await using client = new IperfProcess('vnetperf', namespace.fd, [
      '-c',
      '127.0.0.1',
      '-n',
      '10M',
      '-J',
      '--pin',
      'auto',
    ]);
    const facts = factsIn((await client.finished()).stdout);
    const other = factsIn((await server.finished()).stdout);
    expect(facts.streams[0]?.pin.got).toEqual(facts.placement?.client);
    expect(other.placement?.server).toEqual(expect.arrayContaining(other.streams[0]!.pin.got));
    if (allowedCores().length > 1) expect(other.placement?.server).not.toContain(facts.placement?.client[0]);
  });

  it('of a client or server alone is a line of text too', async () => {
    await using server = await startServer('vnetperf', namespace.fd, ['-1', '--pin', 'auto']);
    const { stdout } = await run('vnetperf', namespace.fd, ['-c', '127.0.0.1', '-n', '10M', '--pin', 'auto']);
    expect(stdout).toMatch(/^--pin auto: this client on core \d+, of both ends' choice: .*\nConnecting to host/);
    expect((await server.finished()).stdout).toMatch(/^--pin auto: this server on core /);
  });
});

describe('cpus', () => {
  it('needs no root, and shows as text and as JSON what --pin auto would choose', () => {
    const user = root ? ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] : [];
    const text = started([...user, ...commands.vnetperf, 'cpus', '-P', '2']);
    expect(text).toMatch(/^\d+ cores?, of which this process may use/);
    expect(text).toMatch(/\n--pin auto, 2 streams: client on cores? [\d,]+, server on cores? [\d,]+\n {2}\S.*\n$/);
    const { machine, placement } = JSON.parse(started([...user, ...commands.vnetperf, 'cpus', '-J']));
    const usable = machine.cores.filter(({ allowed }: { allowed: boolean }) => allowed);
    expect(usable.map(({ core }: { core: number }) => core)).toEqual(allowedCores());
    expect(placement).toEqual({
      streams: 1,
      client: [expect.any(Number)],
      server: [expect.any(Number)],
      why: expect.any(String),
    });
  });
});
