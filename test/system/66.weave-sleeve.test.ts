import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { topology } from '../../lib/topology/topology.js';
import { CARRIED, type Carried } from '../support/carried-over-a-switch.js';
import { LabCommands } from '../support/lab-command.js';
import { remaining } from '../support/machine-state.js';

const root = process.getuid?.() === 0;
const SLEEVE = ['run', 'weave', '--weave-path', 'sleeve'] as const;
const CARRIERS = ['sleeve on host1', 'sleeve on host2'];
const REMARK = "sleeve: frames carried in UDP by a process of vnetperf's own, not Weave's";

let lab: LabCommands;
beforeEach(() => {
  lab = new LabCommands();
});
afterEach(() => lab.dispose());

describe.runIf(root)('run weave --weave-path sleeve', () => {
  it.each<Carried>([...CARRIED, ['TCP, the hosts joined by IPv6', ['--underlay', '6']]])(
    'carries %s, shows what its processes cost, and leaves nothing',
    async (_, options) => {
      const { status, stdout, stderr } = await lab.run(...SLEEVE, '-t', '1', '-J', ...options);
      expect([status, stderr]).toEqual([0, '']);
      const { end, vnetperf } = JSON.parse(stdout);
      expect(end.sum_received.bits_per_second).toBeGreaterThan(1e6);
      expect(end.sum_received.bytes).toBeLessThanOrEqual(end.sum_sent.bytes);
      expect(vnetperf.topology.remarks).toContain(REMARK);
      expect(vnetperf.carriers.map(({ name }: { name: string }) => name)).toEqual(CARRIERS);
      for (const { cpuPercent } of vnetperf.carriers) expect(cpuPercent).toBeGreaterThan(0);
      expect(await remaining(() => lab.left())).toEqual([]);
    },
  );

  it('says in one line why it cannot carry', () => {
    const program = fileURLToPath(new URL('../../dist/processes/weave-sleeve.js', import.meta.url));
    const words = [
      'none',
      '127.0.0.1',
      '127.0.0.1',
      '6783',
      '020000000001',
      '020000000002',
      join(lab.directory, 'ready'),
    ];
    const { status, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', timeout: 10_000 });
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'if_nametoindex: No such device\n' });
  });

  it('has an MTU that fits into the link with its own header around it', async () => {
    await expect(topology('weave', { weavePath: 'sleeve', mtuBytes: 1439 })).rejects.toMatchObject({
      code: 'ERR_PATH_MTU',
      message: expect.stringContaining('1438'),
    });
    await using whole = await topology('weave', { weavePath: 'sleeve', mtuBytes: 1438 });
    expect(whole.path.pathMtuBytes).toBe(1438);
    expect(whole.link?.headers.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(62);
    expect(whole.path.hops.map((hop) => hop.interface).slice(0, 6)).toEqual([
      ...['client0', 'port-client0', 'weave', 'vethwe-bridge', 'vethwe-pcap', 'eth0'],
    ]);
  });

  it('refuses checksums that are left to the device before any traffic', async () => {
    const { status, stderr } = await lab.run(...SLEEVE, '-t', '1', '--offload', 'tx=on');
    expect(status).toBe(1);
    expect(stderr).toContain('client0 in the namespace client leaves checksums to its device');
  });

  it('says so when the process of one host ends', async () => {
    const running = lab.start(...SLEEVE, '-t', '10');
    expect(await running.printed(/0\.00-1\.\d/)).toBe(true);
    const { pid } = lab.journals()[0]!.daemons[1]!;
    process.kill(pid, 'SIGKILL');
    const { status, stderr } = await running.finished();
    expect(stderr).toContain(`sleeve on host2 (process ${pid}) has ended`);
    expect(status).toBe(1);
    expect(await remaining(() => lab.left())).toEqual([]);
  });

  it.each([300, 700, 1500])('killed after %d ms it leaves nothing that is not collected', async (afterMs) => {
    const running = lab.start(...SLEEVE, '-t', '5', '-b', '10M');
    await sleep(afterMs);
    running.signal('SIGKILL');
    await running.finished();
    expect(await lab.run('topology', 'gc')).toMatchObject({ status: 0, stderr: '' });
    expect(await remaining(() => lab.left())).toEqual([]);
  });

  it('outlives its maker where it has a name, and goes when it is taken down', async () => {
    const up = await lab.run('topology', 'up', 'weave', '--weave-path', 'sleeve', '--name', 'test-sleeve');
    expect(up).toMatchObject({ status: 0, stderr: '' });
    expect(await lab.run('topology', 'down', 'test-sleeve')).toMatchObject({ status: 0, stderr: '' });
    expect(await remaining(() => lab.left())).toEqual([]);
  });
});
