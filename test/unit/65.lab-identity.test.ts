import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Fates } from '../../lib/topology/gc/fates.js';
import { type Journal, newJournal, outlivesProcess } from '../../lib/topology/journal.js';
import { planTopology } from '../../lib/topology/kinds.js';
import { BY_HAND, makerOf, newLabIdentity, startTicks } from '../../lib/topology/lab-identity.js';
import { diesWithNamespace, type Plan, type Step } from '../../lib/topology/plan.js';

const parts = ({ named = false } = {}) => newLabIdentity({ named }).id.split('.');
/** Above the largest process id that the kernel gives (PID_MAX_LIMIT). */
const ended = (options = {}) => parts(options).with(3, '5000000').join('.');

describe('a mark tells whether its maker lives', () => {
  it('alive: this process made it', () => {
    expect(makerOf(newLabIdentity().id)).toBe('alive');
    expect(makerOf(newLabIdentity({ named: true }).id)).toBe('alive');
  });

  it.each([
    ['its process has ended', ended()],
    ['another process has its number now', parts().with(4, '1').join('.')],
    ['the machine was started since', parts().with(1, '00000000').join('.')],
    ['the machine was started since, though it had a name', parts({ named: true }).with(1, '00000000').join('.')],
  ])('dead: %s', (_, id) => {
    expect(makerOf(id)).toBe('dead');
  });

  it('outlived: its process has ended, and what it made was meant to stay', () => {
    expect(makerOf(ended({ named: true }))).toBe('outlived');
  });

  it.each([
    ['a script that a person runs', BY_HAND.id],
    ['another machine', parts().with(0, '00000000').join('.')],
    ['another PID namespace', parts().with(2, '1').join('.')],
    ['nobody', ''],
    ['a person who labels what is his', 'true'],
    ['a newer version', `${parts().join('.')}.future`],
    ['one with more parts', `${parts({ named: true }).join('.')}.x`],
  ])('unknown: it is the mark of %s', (_, id) => {
    expect(makerOf(id)).toBe('unknown');
  });

  it('a process that has ended counts as gone also while its parent has not looked', async () => {
    // sleep has a child that it knows nothing of.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [line] = await once(parent.stdout, 'data');
      const pid = Number(String(line));
      expect(startTicks(pid)).toBeGreaterThan(0);
      const state = () => /^State:\t(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      await expect.poll(state, { timeout: 5_000 }).toBe('Z');
      expect(startTicks(pid)).toBeUndefined();
    } finally {
      parent.kill('SIGKILL');
    }
  });
});

describe('what becomes of a thing with a mark', () => {
  const journalOf = (id: string, status: Journal['status']) => ({ id, status }) as Journal;
  const named = ended({ named: true });

  it.each([
    ['orphaned', ended(), []],
    ['in use', newLabIdentity().id, []],
    ['not ours', 'by-hand', []],
    ['in use', named, [journalOf(named, 'up')]],
    ['orphaned', named, [journalOf(named, 'building')]],
    ['orphaned', named, [journalOf(named, 'closing')]],
    // Its journal is in another state directory.
    ['not ours', named, []],
    // A journal makes nobody an owner of what lives by its process.
    ['orphaned', ended(), [journalOf(named, 'up')]],
  ])('%s: %s', (fate, id, journals) => {
    expect(new Fates(journals).of(id)).toBe(fate);
  });

  it('in use: another process is taking its lab apart', () => {
    expect(new Fates([], () => true).of(ended())).toBe('in use');
  });
});

describe('a journal is kept', () => {
  const inside = (more: object): Step => ({
    ...{ namespace: 'client', command: ['ip', 'link'], undo: diesWithNamespace },
    ...more,
  });
  it.each<[string, Partial<Plan>]>([
    ['of a daemon', { steps: [{ ...inside({}), type: 'daemon' } as unknown as Step] }],
    ['of an adopted namespace', { steps: [{ type: 'adopt', as: 'end', from: { type: 'host' } }] }],
    ['of what is made where the caller is', { steps: [inside({ namespace: null, undo: ['true'] })] }],
    ['of a file', { steps: [inside({ command: ['cat', { file: 'x' }] })] }],
    ['of a directory in the environment', { steps: [inside({ environment: { DIRECTORY: { file: '' } } })] }],
    ['of an engine', { engines: [{ program: 'docker' }] }],
    ["of a switch's database", { ovsDatabases: ['unix:/run/openvswitch/db.sock'] }],
  ])('%s', async (_, change) => {
    expect(outlivesProcess({ ...(await planTopology('veth')), ...change })).toBe(true);
  });

  it.each(['loopback', 'veth', 'bridge'])('not of %s, which goes with its process', async (kind) => {
    expect(outlivesProcess(await planTopology(kind))).toBe(false);
  });

  it('says from the start whether the lab is to stay', async () => {
    const plan = await planTopology('veth');
    expect(newJournal(plan, newLabIdentity()).status).toBe('held');
    expect(newJournal(plan, newLabIdentity({ named: true }), 'blue')).toMatchObject({
      status: 'building',
      name: 'blue',
    });
  });
});
