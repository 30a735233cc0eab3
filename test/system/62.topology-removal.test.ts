import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, fstatSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJournals } from '../../lib/topology/journal-files.js';
import { Lab } from '../../lib/topology/lab.js';
import { newLabIdentity } from '../../lib/topology/lab-identity.js';
import type { Plan } from '../../lib/topology/plan.js';
import { topology } from '../../lib/topology/topology.js';
import { holdersOfNamespace, leftBehind, machineState, processesMarked, remaining } from '../support/machine-state.js';

const BUILT = new URL('../../build-modules/topology/topology.js', import.meta.url);

describe('close()', () => {
  it.each(['loopback', 'veth', 'bridge', 'vxlan', 'flannel-vxlan'])('leaves nothing of %s', async (kind) => {
    const before = machineState();
    const lab = await topology(kind);
    const inodes = [lab.client, lab.server].map((end) => fstatSync(end.namespace.fd).ino);
    expect(leftBehind(before)).toEqual([]);
    expect(inodes.flatMap(holdersOfNamespace)).toContain(process.pid);
    await lab.close();
    await lab.close();
    expect(inodes.flatMap(holdersOfNamespace)).toEqual([]);
    expect(leftBehind(before)).toEqual([]);
  });

  it('makes its endpoints unusable instead of leaving the number of a descriptor that is somebody else’s', async () => {
    const lab = await topology('loopback');
    await lab.close();
    expect(() => lab.client.namespace.fd).toThrow(expect.objectContaining({ code: 'ERR_TOPOLOGY_CLOSED' }));
  });
});

describe('SIGKILL', () => {
  /** Starts a process that builds a bridge, says which namespaces it has, and then waits for its end. */
  function builder(marker: string) {
    if (!existsSync(BUILT)) throw new Error(`${fileURLToPath(BUILT)} is missing: run npm run build first`);
    const program = `
      import { fstatSync } from 'node:fs';
      import { topology } from ${JSON.stringify(BUILT.href)};
      setInterval(() => {}, 1000);
      const lab = await topology('bridge');
      console.log(JSON.stringify([lab.client, lab.server].map((end) => fstatSync(end.namespace.fd).ino)));`;
    return spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, VNETPERF_TEST_MARKER: marker },
    });
  }

  it('leaves no namespace, no link and no process', async () => {
    const before = machineState();
    const marker = randomUUID();
    const child = builder(marker);
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (data) => resolve(data.toString()));
      child.once('exit', () => reject(new Error('the builder ended before it had built anything')));
    });
    const inodes = JSON.parse(line) as number[];
    expect(inodes.flatMap(holdersOfNamespace)).toContain(child.pid);
    child.kill('SIGKILL');
    expect(await remaining(() => [...inodes.flatMap(holdersOfNamespace), ...processesMarked(marker)])).toEqual([]);
    expect(leftBehind(before)).toEqual([]);
  });

  it('neither while it is being built, whenever it comes', async () => {
    const before = machineState();
    const marker = randomUUID();
    for (const delayMs of [55, 70, 85, 100, 115]) {
      const child = builder(marker);
      await sleep(delayMs);
      child.kill('SIGKILL');
    }
    expect(await remaining(() => processesMarked(marker))).toEqual([]);
    expect(leftBehind(before)).toEqual([]);
  });
});

describe('what a plan makes outside its namespaces', () => {
  let directory: string;
  let state: string;
  const stateBefore = process.env.VNETPERF_STATE_DIRECTORY;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vnetperf-lab-'));
    state = await mkdtemp(join(tmpdir(), 'vnetperf-state-'));
    process.env.VNETPERF_STATE_DIRECTORY = state;
  });
  afterEach(async () => {
    if (stateBefore === undefined) delete process.env.VNETPERF_STATE_DIRECTORY;
    else process.env.VNETPERF_STATE_DIRECTORY = stateBefore;
    for (const path of [directory, state]) await rm(path, { recursive: true, force: true });
  });

  const needs = { needs: { commands: [], modules: [] } };
  const made = (...names: string[]): Plan => ({
    kind: 'test',
    summary: 'directories',
    namespaces: ['inner'],
    steps: names.map((name) => ({
      namespace: null,
      command: ['mkdir', join(directory, name)],
      undo: ['rmdir', join(directory, name)],
    })),
    client: { namespace: 'inner', interface: 'lo', ipv4: '127.0.0.1', ipv6: undefined },
    server: { namespace: 'inner', interface: 'lo', ipv4: '127.0.0.1', ipv6: undefined },
    path: [],
    via: [],
    mtuBytes: 1500,
    morePairs: [],
    serverReachesClient: true,
    carriers: [],
    remarks: [],
  });

  it('is undone last first', async () => {
    const lab = await Lab.build(made('one', 'one/two'), needs);
    expect(existsSync(join(directory, 'one/two'))).toBe(true);
    await lab.close();
    expect(await readdir(directory)).toEqual([]);
  });

  it('is undone when a later step fails, but not what was there before', async () => {
    const plan = made('one', 'one');
    await expect(Lab.build(plan, needs)).rejects.toMatchObject({ code: 'ERR_TOPOLOGY_BUILD' });
    expect(await readdir(directory)).toEqual([]);

    const first = await Lab.build(made('theirs'), needs);
    await expect(Lab.build(made('ours', 'theirs'), needs)).rejects.toMatchObject({
      message: expect.stringMatching(/^test cannot be built: "mkdir .*theirs" says: .*File exists/),
    });
    expect(await readdir(directory)).toEqual(['theirs']);
    await first.close();
  });

  it('stands in a journal before it is made, with what undoes it after that, and no longer than itself', async () => {
    const journals = () => readJournals(join(state, 'labs'));
    const plan = made('one', 'two');
    const copies = join(state, 'labs', '*.json');
    const look: Plan['steps'] = [
      {
        namespace: null,
        command: ['sh', '-c', `cat ${copies} > ${directory}/seen`],
        undo: ['rm', `${directory}/seen`],
      },
    ];
    const identity = newLabIdentity();
    const lab = await Lab.build({ ...plan, steps: [...look, ...plan.steps] }, needs, undefined, identity);
    const seen = JSON.parse(await readFile(join(directory, 'seen'), 'utf8'));
    expect(seen).toMatchObject({ ...identity, kind: 'test', status: 'held', undo: [] });
    expect(journals()).toMatchObject([{ ...identity, status: 'held', undo: [{}, {}, {}] }]);
    expect(journals()[0]?.undo[1]).toEqual({
      type: 'command',
      namespace: null,
      command: ['rmdir', `${directory}/one`],
    });
    await lab.close();
    expect(existsSync(state)).toBe(false);
  });

  it('is no journal where the kernel removes it all', async () => {
    await using lab = await topology('bridge');
    expect(lab.kind).toBe('bridge');
    expect(await readdir(state)).toEqual([]);
  });

  it('that cannot be undone is an error, and the rest goes all the same', async () => {
    const lab = await Lab.build(made('one', 'two', 'three'), needs);
    const { ino } = fstatSync(lab.namespace('inner').fd);
    await rmdir(join(directory, 'two'));
    await expect(lab.close()).rejects.toMatchObject({
      code: 'ERR_TOPOLOGY_REMOVAL',
      message: expect.stringContaining('two'),
    });
    expect(await readdir(directory)).toEqual([]);
    expect(holdersOfNamespace(ino)).toEqual([]);
    // What is left to do stays on record.
    expect(readJournals(join(state, 'labs'))).toMatchObject([
      { status: 'closing', undo: [{ command: ['rmdir', join(directory, 'two')] }] },
    ]);
  });
});
