import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateCommand } from '../../lib/platform/run-command.js';
import type { BuildProgress, BuildWatch } from '../../lib/topology/build-watch.js';
import { planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import { type DaemonStep, diesWithNamespace, type Plan, type Step } from '../../lib/topology/plan.js';
import { commands } from '../support/iperf-process.js';
import { LabCommands } from '../support/lab-command.js';
import { remaining } from '../support/machine-state.js';
import { watchedTests } from '../support/watched-tests.js';

const root = process.getuid?.() === 0;

/** A dockerd as a private engine has it: no bridge, its files in the lab's directory. */
function dockerd(change: Partial<DaemonStep> & { more?: DaemonStep['command'][number][] } = {}): DaemonStep {
  const { more = [], ...fields } = change;
  return {
    type: 'daemon',
    name: 'dockerd-host1',
    title: 'dockerd on host1',
    namespace: 'host1',
    command: [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount --make-rprivate / && mount -t tmpfs none /run && exec dockerd "$@"',
      'sh',
      '--bridge=none',
      '--iptables=false',
      { file: 'exec', before: '--exec-root=' },
      { file: 'docker.pid', before: '--pidfile=' },
      { file: 'docker.sock', before: '--host=unix://' },
      { file: 'data', before: '--data-root=' },
      ...more,
    ],
    ready: ['docker', { file: 'docker.sock', before: '--host=unix://' }, 'version'],
    ...fields,
  };
}

describe.runIf(root)('a daemon that does not come up', () => {
  let state: string;
  let events: BuildProgress[];
  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), 'vnetperf-state-'));
    process.env.VNETPERF_STATE_DIRECTORY = join(state, 'state');
    events = [];
  });
  afterEach(() => {
    delete process.env.VNETPERF_STATE_DIRECTORY;
    rmSync(state, { recursive: true });
  });
  // After what is above, so that it looks first, while the directory is there.
  watchedTests();

  async function build(kind: string, steps: (plan: Plan) => readonly Step[], watch: BuildWatch = {}) {
    const plan = await planTopology(kind);
    const onProgress = (event: BuildProgress) => events.push(event);
    const altered = { ...plan, steps: steps(plan) };
    return Lab.build(altered, topologyKind(kind), undefined, undefined, undefined, { onProgress, ...watch });
  }
  const withDaemon = (daemon: DaemonStep) => (plan: Plan) => [...plan.steps, daemon];

  it('because its directory cannot be: dockerd', async () => {
    const building = build('hosts', withDaemon(dockerd({ more: ['--data-root=/proc/no/such'] })));
    await expect(building).rejects.toMatchObject({
      code: 'ERR_DAEMON_START',
      message: expect.stringMatching(
        /^hosts cannot be built: dockerd on host1 ended with status 1 after [\d.]+ s; its log ends with: .*\/proc\/no/,
      ),
      remedy: expect.stringContaining('--dry-run'),
    });
    await expect(building).rejects.not.toMatchObject({ message: expect.stringMatching(/level=|time="|\n/) });
    expect(events).toEqual([
      { type: 'wait-started', kind: 'hosts', what: 'dockerd on host1', timeoutMs: 30_000 },
      { type: 'wait-ended', kind: 'hosts', what: 'dockerd on host1', elapsedMs: expect.any(Number) },
    ]);
  });

  it.runIf(process.env.CI || locateCommand('dockerd'))(
    'as the engine of a host has it, with all that is around it',
    async () => {
      const broken = (step: Step): Step =>
        step.type === 'daemon' ? { ...step, command: [...step.command, '--data-root=/proc/no/such'] } : step;
      await expect(build('docker-hosts', ({ steps }) => steps.map(broken))).rejects.toMatchObject({
        code: 'ERR_DAEMON_START',
        message: expect.stringMatching(
          /^docker-hosts cannot be built: dockerd on host1 ended with status 1 after [\d.]+ s; its log ends with: .*\/proc\/no/,
        ),
      });
    },
  );

  it('because its port is taken: dockerd', async () => {
    const listener: DaemonStep = {
      type: 'daemon',
      name: 'listener',
      namespace: 'host1',
      command: ['iperf3', '-s', '-p', '2375'],
      ready: ['sh', '-c', 'ss -Hltn "sport = :2375" | grep -q LISTEN'],
    };
    const second = dockerd({ more: ['--host=tcp://198.18.40.1:2375', '--tls=false'] });
    await expect(build('hosts', (plan) => [...plan.steps, listener, second])).rejects.toMatchObject({
      code: 'ERR_DAEMON_START',
      message: expect.stringMatching(/dockerd on host1 ended with status 1 after .*2375: bind: address already in use/),
    });
    expect(events.map(({ what }) => what)).toEqual(['listener', 'listener', 'dockerd on host1', 'dockerd on host1']);
  });

  it('because it never serves: dockerd, with what it said last', async () => {
    const start = performance.now();
    const deaf = dockerd({ ready: ['false'], readyTimeoutMs: 2_500 });
    await expect(build('hosts', withDaemon(deaf))).rejects.toMatchObject({
      code: 'ERR_DAEMON_START',
      message: expect.stringMatching(
        /^hosts cannot be built: dockerd on host1 does not serve after 2\.5 s; its log ends with: (\S[^\n]*; )+/,
      ),
    });
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('because whoever asks it hears nothing: the question is bounded too', async () => {
    const mute: DaemonStep = {
      type: 'daemon',
      name: 'mute',
      namespace: 'host1',
      command: ['sleep', '60'],
      ready: ['sleep', '60'],
      readyTimeoutMs: 1_000,
    };
    await expect(build('hosts', withDaemon(mute))).rejects.toMatchObject({
      code: 'ERR_DAEMON_START',
      message: 'hosts cannot be built: mute does not serve after 1 s; its log is empty',
    });
    const complains: DaemonStep = { ...mute, ready: ['sh', '-c', 'echo nobody there >&2; exit 1'] };
    await expect(build('hosts', withDaemon(complains))).rejects.toMatchObject({
      message: 'hosts cannot be built: mute does not serve after 1 s; its log is empty; asked, it says: nobody there',
    });
  });

  it('because it ends at once: ovsdb-server', async () => {
    const broken = (step: Step): Step =>
      step.type === 'daemon' && step.name === 'ovsdb-server'
        ? { ...step, command: ['ovsdb-server', { file: 'no/such.db' }, ...step.command.slice(2)] }
        : step;
    await expect(build('ovs-netdev', ({ steps }) => steps.map(broken))).rejects.toMatchObject({
      code: 'ERR_DAEMON_START',
      message: expect.stringMatching(
        /^ovs-netdev cannot be built: ovsdb-server ended with status \d+ after [\d.]+ s; its log ends with: .*no\/such\.db/,
      ),
    });
  });

  it('because it was killed', async () => {
    const killed: DaemonStep = {
      type: 'daemon',
      name: 'killed',
      namespace: null,
      command: ['sh', '-c', 'sleep 0.2; kill -9 $$'],
      ready: ['false'],
    };
    await expect(build('hosts', withDaemon(killed))).rejects.toMatchObject({
      message: expect.stringMatching(/killed was ended by SIGKILL after [\d.]+ s; its log is empty$/),
    });
  });

  it('is not waited for once nobody wants the network', async () => {
    const controller = new AbortController();
    const building = build('hosts', withDaemon(dockerd({ ready: ['sleep', '60'] })), { signal: controller.signal });
    building.catch(() => {});
    await expect.poll(() => events.length).toBe(1);
    await sleep(300);
    const aborted = performance.now();
    controller.abort();
    await expect(building).rejects.toMatchObject({
      code: 'ERR_INTERRUPTED',
      message: 'hosts was interrupted while it waited for dockerd on host1, and is gone',
    });
    expect(performance.now() - aborted).toBeLessThan(3_000);
  });

  it('nor is a step that waits, which is bounded and told like a daemon', async () => {
    const wait: Step = {
      namespace: 'host2',
      command: ['sleep', '60'],
      undo: diesWithNamespace,
      timeoutMs: 700,
      waitsFor: 'host2 to join the swarm of host1',
    };
    const withStep = (step: Step) => (plan: Plan) => [...plan.steps, step];
    await expect(build('hosts', withStep(wait))).rejects.toMatchObject({
      code: 'ERR_COMMAND_TIMEOUT',
      message: 'hosts cannot be built: waited 0.7 s in vain for host2 to join the swarm of host1',
    });
    expect(events[0]).toMatchObject({ what: wait.waitsFor, timeoutMs: 700 });

    await expect(build('hosts', withStep({ ...wait, waitsFor: undefined }))).rejects.toMatchObject({
      message: 'hosts cannot be built: "sleep 60" in its namespace host2 did not end within 0.7 s',
    });

    const signal = AbortSignal.timeout(500);
    await expect(build('hosts', withStep({ ...wait, timeoutMs: 60_000 }), { signal })).rejects.toMatchObject({
      code: 'ERR_INTERRUPTED',
    });
  });

  it('nor is what a command outside had made when its time was over', async () => {
    const directory = join(state, 'made');
    const makes: Step = {
      namespace: null,
      command: ['sh', '-c', `mkdir ${directory}; exec sleep 60`],
      undo: ['rmdir', directory],
      timeoutMs: 500,
    };
    await expect(build('hosts', (plan) => [...plan.steps, makes])).rejects.toMatchObject({
      code: 'ERR_COMMAND_TIMEOUT',
    });
    // Could not be made twice.
    await expect(build('hosts', (plan) => [...plan.steps, makes])).rejects.toMatchObject({
      code: 'ERR_COMMAND_TIMEOUT',
    });
  });
});

describe.runIf(root)('on the command line', () => {
  let lab: LabCommands;
  beforeEach(() => {
    lab = new LabCommands();
  });
  afterEach(() => lab.dispose());

  it.each([
    ['run', 'ovs-netdev', '-J'],
    ['doctor', 'ovs-netdev', '-J'],
    ['topology', 'up', 'ovs-netdev', '--name', 'start-up'],
  ])('%s %s is ended by a signal while it is being built, and leaves nothing', async (...words) => {
    const command = lab.start(...words);
    await expect.poll(() => lab.journals().length, { timeout: 10_000, interval: 5 }).toBe(1);
    const signalled = performance.now();
    command.signal('SIGINT');
    const { status, signal, stdout } = await command.finished();
    expect(performance.now() - signalled).toBeLessThan(4_000);
    expect({ status, signal }).toEqual({ status: null, signal: 'SIGINT' });
    if (words[0] === 'run')
      expect(JSON.parse(stdout)).toMatchObject({ vnetperf: { error: { code: 'ERR_INTERRUPTED' } } });
    expect(await remaining(() => lab.left())).toEqual([]);
  });

  it('topology up is ended by a signal while an engine is asked, whatever comes of the question', async () => {
    const directory = join(lab.directory, 'bin');
    const asked = join(directory, 'asked');
    mkdirSync(directory);
    writeFileSync(join(directory, 'docker'), `#!/bin/sh\ntouch ${asked}\nsleep 0.5\nexit 1\n`, { mode: 0o755 });
    lab.environment.PATH = `${directory}:${process.env.PATH}`;
    const command = lab.start('topology', 'up', 'docker-bridge', '--name', 'asked');
    await expect.poll(() => existsSync(asked), { timeout: 10_000, interval: 5 }).toBe(true);
    command.signal('SIGINT');
    expect(await command.finished()).toMatchObject({
      status: null,
      signal: 'SIGINT',
      stderr: 'vnetperf: asked was interrupted before it stood, and is gone\n',
    });
  });

  /** A switch's database that takes its time, first in PATH. */
  function slowDatabase(): string {
    const directory = join(lab.directory, 'bin');
    mkdirSync(directory);
    const script = `#!/bin/sh\nsleep 2.6\nexec ${locateCommand('ovsdb-server')} "$@"\n`;
    writeFileSync(join(directory, 'ovsdb-server'), script, { mode: 0o755 });
    return `${directory}:${process.env.PATH}`;
  }

  it('a long wait is one line on standard error, and JSON stays JSON', async () => {
    lab.environment.PATH = slowDatabase();
    const command = lab.start('run', 'ovs-netdev', '-t', '1', '-J');
    const { status, stdout } = await command.finished();
    expect(command.stderr).toMatch(/^vnetperf: waiting for ovsdb-server, up to 30 s\n/);
    expect(JSON.parse(stdout)).toMatchObject({ vnetperf: { topology: { kind: 'ovs-netdev' } } });
    expect(status).toBe(0);
  });

  it('on a terminal it comes, counts and goes', () => {
    const [node, main] = commands.vnetperf;
    const output = execFileSync('script', ['-qec', `${node} ${main} run ovs-netdev -t 1`, '/dev/null'], {
      env: {
        ...process.env,
        PATH: slowDatabase(),
        TERM: 'xterm',
        VNETPERF_STATE_DIRECTORY: join(lab.directory, 'state'),
      },
      encoding: 'utf8',
      timeout: 30_000,
    });
    const drawn = output.split('\r').filter((text) => text.includes('\u001b[K'));
    expect(drawn[0]).toBe('waiting for ovsdb-server: 0 s of 30 s\u001b[K');
    expect(drawn).toContain('waiting for ovsdb-server: 2 s of 30 s\u001b[K');
    expect(drawn.at(-1)).toContain('\u001b[Kovs-netdev: client ');
    expect(lab.left()).toEqual([]);
  });
});
