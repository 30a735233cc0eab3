import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftBehind, machineState, processesMarked, remaining } from '../support/machine-state.js';

const built = (path: string) => JSON.stringify(new URL(`../../build-modules/${path}`, import.meta.url).href);
const NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
const run = promisify(execFile);

let directory: string;
let program: string;

/** A program as vnetperf is one: whoever may not build networks is sent through the user namespace. */
const SOURCE = `
  import { needsRootless, rerunRootless } from ${built('cli/rootless.js')};
  import { topology } from ${built('topology/topology.js')};
  const [what, ...rest] = process.argv.slice(2);
  if (needsRootless() || what === 'force') {
    process.exitCode = await rerunRootless([what, ...rest]).catch((error) => {
      console.error(error.code + ': ' + error.message + '. ' + error.remedy);
      return 1;
    });
  } else {
    const lab = await topology(rest[0] ?? 'veth');
    let interrupts = 0;
    process.on('SIGINT', () => { interrupts += 1; });
    console.log(lab.description());
    if (what === 'status') process.exitCode = Number(rest[1]);
    if (what === 'suicide') process.kill(process.pid, 'SIGTERM');
    if (what === 'wait' || what === 'suicide') await new Promise((resolve) => setTimeout(resolve, 700));
    console.log('interrupts ' + interrupts);
  }
`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vnetperf-rootless-'));
  program = join(directory, 'program.mjs');
  await writeFile(program, SOURCE);
  await chmod(directory, 0o755);
});
afterAll(() => rm(directory, { recursive: true }));

function asNobody(args: string[], marker = 'none'): ChildProcess {
  const { HOME: _, ...env } = process.env;
  return spawn('setpriv', [...NOBODY, process.execPath, program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, VNETPERF_TEST_MARKER: marker },
    detached: true,
  });
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const chunk of child.stdout!) return chunk.toString();
  throw new Error('ended without a word');
}

function outcome(child: ChildProcess): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const text = { stdout: '', stderr: '' };
  child.stdout!.on('data', (chunk) => {
    text.stdout += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    text.stderr += chunk;
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, ...text })));
}

describe('an ordinary user', () => {
  it.each([
    'loopback',
    'veth',
    'bridge',
    'macvlan',
    'routed',
    'nat',
    'hosts',
    'vxlan',
    'flannel-vxlan',
    'flannel-host-gw',
  ])('builds %s and leaves nothing', async (kind) => {
    const before = machineState();
    const { status, stdout, stderr } = await outcome(asNobody(['status', kind, '0']));
    expect(stderr).toBe(
      'vnetperf: no root privileges, so the network is built in a user namespace (unshare --user --net)\n',
    );
    expect(stdout).toMatch(new RegExp(`^${kind}: client .* MTU \\d+, path MTU \\d+`));
    expect(status).toBe(0);
    expect(leftBehind(before)).toEqual([]);
  });

  it.each([['calico'], ['cni', '--conf', fileURLToPath(new URL('../support/cni-macvlan.conflist', import.meta.url))]])(
    'has the files of %s where that user may write, and leaves none there',
    async (...kind) => {
      const before = machineState();
      const main = new URL('../../build-modules/cli/main.js', import.meta.url).pathname;
      const temporary = await mkdtemp(join(tmpdir(), 'vnetperf-rootless-'));
      await chown(temporary, 65534, 65534);
      try {
        const { HOME: _, XDG_RUNTIME_DIR: __, VNETPERF_STATE_DIRECTORY: ___, ...env } = process.env;
        const words = [...NOBODY, process.execPath, main, 'run', ...kind, '-t', '1', '-b', '10M'];
        const running = run('setpriv', words, { env: { ...env, TMPDIR: temporary }, timeout: 30_000 });
        // While it stands.
        await expect.poll(() => readdir(temporary), { timeout: 20_000 }).toEqual(['vnetperf-65534']);
        expect((await running).stdout).toContain('iperf Done.');
        expect(await readdir(temporary)).toEqual([]);
        expect(leftBehind(before)).toEqual([]);
      } finally {
        await rm(temporary, { recursive: true });
      }
    },
  );

  it('gets the exit status of the run, and 128 + n when a signal ended it', async () => {
    expect((await outcome(asNobody(['status', 'veth', '7']))).status).toBe(7);
    expect((await outcome(asNobody(['suicide']))).status).toBe(143);
  });

  it('interrupts it once with one Ctrl-C', async () => {
    const child = asNobody(['wait']);
    const result = outcome(child);
    await Promise.race([result, new Promise((resolve) => child.stdout!.once('data', resolve))]);
    expect(child.exitCode).toBeNull();
    process.kill(-child.pid!, 'SIGINT'); // As a terminal does: to everybody in the foreground.
    expect(await result).toMatchObject({ status: 0, stdout: expect.stringContaining('interrupts 1\n') });
  });

  it('takes it along when killed', async () => {
    const marker = randomUUID();
    const child = asNobody(['wait'], marker);
    await firstLine(child);
    expect(processesMarked(marker).length).toBe(2);
    child.kill('SIGKILL');
    expect(await remaining(() => processesMarked(marker), 500)).toEqual([]);
  });
});

describe('where user namespaces are forbidden', () => {
  it('one sentence says why and what to do', async () => {
    // The limit is set in a user namespace of its own and does not reach beyond it.
    const script = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"';
    const enter = ['--user', '--map-root-user', 'sh', '-c', script, 'sh', process.execPath, program, 'force'];
    await expect(run('unshare', enter)).rejects.toMatchObject({
      code: 1,
      stderr:
        'ERR_ROOTLESS: building a network without root privileges needs user namespaces, and user.max_user_namespaces is 0. ' +
        'Allow them with: sysctl -w user.max_user_namespaces=1024, or run vnetperf as root.\n',
    });
  });

  it('nobody asks twice', async () => {
    await expect(
      run(process.execPath, [program, 'force'], { env: { ...process.env, VNETPERF_ROOTLESS: '1' } }),
    ).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('Run vnetperf as root.') });
  });
});
