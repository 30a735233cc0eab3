import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allowedCores } from '../../lib/platform/cores.js';
import type { Finding } from '../../lib/topology/diagnosis/finding.js';
import { MachineWatch } from '../../lib/topology/diagnosis/machine-facts.js';
import { LabCommands } from '../support/lab-command.js';

const root = process.getuid?.() === 0;

describe.runIf(root)('what is wrong with a KIND or with the machine is found by doctor and by run', () => {
  let vnetperf: LabCommands;
  const burners: ChildProcess[] = [];
  beforeEach(() => {
    vnetperf = new LabCommands();
  });
  afterEach(async () => {
    for (const burner of burners.splice(0)) burner.kill('SIGKILL');
    expect(vnetperf.left()).toEqual([]);
    await vnetperf.dispose();
  });

  function burn(core: number): ChildProcess {
    const burner = spawn('taskset', ['--cpu-list', `${core}`, 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' });
    burners.push(burner);
    return burner;
  }

  async function findingsOf(...words: string[]): Promise<{ findings: Finding[]; status: number | null }> {
    const { stdout, status } = await vnetperf.run('doctor', ...words, '-J');
    return { findings: (JSON.parse(stdout) as { findings: Finding[] }).findings, status };
  }

  it('checksum offload left on under a userspace switch', async () => {
    const wrong = ['ovs-netdev', '--offload', 'tx=on'];
    const { findings, status } = await findingsOf(...wrong);
    expect(status).toBe(1);
    const [error] = findings;
    expect(error).toMatchObject({ severity: 'error', code: 'ERR_PATH_UNREACHABLE' });
    expect(error?.message).toMatch(
      /^ovs-netdev carries nothing: client to server over IPv4 does not get through: .*: they arrive with wrong checksums \(\d+ counted there\): client0 in the namespace client leaves checksums to its device/,
    );
    expect(error?.remedy).toMatch(/^Switch it off: --offload tx=off, or ethtool -K client0 tx off in client/);

    const run = await vnetperf.run('run', ...wrong, '-t', '1');
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toContain('they arrive with wrong checksums');
    expect(run.stderr).toContain('Switch it off: --offload tx=off');
  });

  it('nothing, where nothing is', async () => {
    const { findings, status } = await findingsOf('routed');
    expect(status).toBe(0);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(findings.at(-1)).toMatchObject({
      severity: 'ok',
      message: expect.stringMatching(
        /^reachable both ways, connected in .* packets of 1500 bytes cross whole; offloads agree/,
      ),
    });
  });

  it('a path that only the client can begin on', async () => {
    const { stdout, status } = await vnetperf.run('doctor', 'nat');
    expect(stdout).toMatch(/^nat: client .* -> router -> server .*\n\n/);
    expect(stdout).toMatch(/^ok +reachable from the client, connected/m);
    expect(status).toBe(0);
  });

  it('a KIND that cannot be built, in the words of run', async () => {
    const { findings, status } = await findingsOf('bridge', '--image', 'x');
    expect(status).toBe(1);
    expect(findings[0]).toMatchObject({
      severity: 'error',
      message: expect.stringContaining('bridge takes no --image'),
    });
    const run = await vnetperf.run('run', 'bridge', '--image', 'x');
    expect(run.stderr).toContain(findings[0]!.message);
    const unknown = await vnetperf.run('doctor', 'nosuchkind');
    expect(unknown).toMatchObject({ status: 1, stdout: '' });
    expect(unknown.stderr).toMatch(/^vnetperf: there is no network of the kind "nosuchkind"/);
  });

  it('a full set of cores, with who keeps them so', async () => {
    const cores = allowedCores();
    for (const core of cores) burn(core);
    const { findings } = await findingsOf();
    const full = findings.find(({ code }) => code === 'CORES_FULL');
    expect(full).toMatchObject({ severity: 'warning', remedy: expect.stringContaining('ps -e --sort=-%cpu') });
    for (const core of cores) expect(full?.message).toMatch(new RegExp(`core ${core} \\d+ %`));
    expect(full?.message).toMatch(/; .*\(pid \d+.*\) \d+ %/);
    expect(findings.some(({ message }) => message.startsWith('no busy core'))).toBe(false);

    const run = await vnetperf.run('run', 'veth', '-t', '1');
    // Before any traffic, under the line that says what was built.
    expect(run.stdout).toMatch(
      /^veth: client [^\n]*\n(?:warning [^\n]*\n +remedy: [^\n]*\n)*?warning +all cores that may be used are busy/,
    );
    expect(run.status).toBe(0);
  });

  it('who is busy, by process, core and share', async () => {
    const core = allowedCores().at(-1)!;
    const { pid } = burn(core);
    const seen = async () => {
      const { busyThreads, busyCores } = await new MachineWatch().finish();
      return busyCores.some((busy) => busy.core === core) ? busyThreads : [];
    };
    // The shell needs a moment to take taskset's place, and its share where others are busy too.
    await expect
      .poll(seen, { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ pid, process: 'sh', thread: 'sh', core, percent: expect.any(Number) }));
  });

  it('a thread of the switch that polls', async () => {
    const { findings } = await findingsOf('ovs-afxdp');
    const busy = findings.filter(({ code }) => code.startsWith('CORE'));
    expect(busy.map(({ message }) => message).join('\n')).toMatch(/ovs-vswitchd \(pid \d+, thread pmd-\S+\)/);
  });

  it('a default congestion control that paces, unless another is chosen', async () => {
    // In a namespace of the network's own the default is the machine's.
    const machine = await new MachineWatch().finish();
    const paced = machine.congestion?.startsWith('bbr') === true;
    const warned = async (...words: string[]) => {
      const { stdout } = await vnetperf.run('run', 'veth', '-t', '1', ...words, '-J');
      const { findings } = JSON.parse(stdout).vnetperf.topology as { findings: Finding[] };
      return findings.some(({ code, remedy }) => code === 'CONGESTION_PACED' && remedy?.includes('-C '));
    };
    expect(await warned()).toBe(paced);
    expect(await warned('-C', 'reno')).toBe(false);
    expect(await warned('-u')).toBe(false);
  });
});
