import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComparisonResult } from '../../lib/compare/result.js';
import { LabCommands } from '../support/lab-command.js';
import { isValidByAjv } from '../support/result-documents.js';

/** A few seconds for each of some twenty networks, of which two start engines. */
const DEADLINE_MS = 400_000;

/** With what the tests need installed, whatever modules the kernel has beside VXLAN and bridges. */
const HELD_BY_EVERY_MACHINE = [
  ...['loopback', 'veth', 'bridge', 'routed'],
  ...['hosts', 'vxlan', 'flannel-vxlan', 'flannel-host-gw', 'calico'],
  ...['docker-hosts', 'docker-overlay', 'ovs-vxlan', 'weave'],
];

const root = process.getuid?.() === 0;

describe.runIf(root)('compare --suite container-networks', () => {
  let vnetperf: LabCommands;
  beforeAll(() => {
    vnetperf = new LabCommands();
  });
  afterAll(async () => {
    expect(vnetperf.left()).toEqual([]);
    await vnetperf.dispose();
  });

  it(
    'measures what this machine can hold, and says what brings the rest',
    async () => {
      // No engine listens there, whatever else runs on the machine.
      const nowhere = `unix://${join(vnetperf.directory, 'no-engine.sock')}`;
      const words = ['--runs', '1', '-n', '2M', '--docker-host', nowhere];
      const suite = vnetperf.start('compare', '--suite', 'container-networks', ...words, '-J');
      await expect.poll(() => suite.ended, { timeout: DEADLINE_MS }).toBe(true);
      const { status, stdout } = await suite.finished();
      expect(status).toBe(0);
      const result = JSON.parse(stdout) as ComparisonResult;
      expect(isValidByAjv(result), JSON.stringify(isValidByAjv.errors?.slice(0, 3))).toBe(true);
      const { plan, runs } = result;
      const kinds = plan.factors.find(({ name }) => name === 'topology')!.levels;
      expect(kinds, plan.remarks?.join('\n')).toEqual(expect.arrayContaining(HELD_BY_EVERY_MACHINE));
      expect(plan.factors[1]).toEqual({ name: 'measure', levels: ['TCP pinned', 'TCP unpinned', 'UDP 100 Mbit/s'] });
      expect(plan.remarks).toContainEqual(
        expect.stringMatching(
          /^docker-bridge, docker-host, docker-container, docker-published: no engine of docker answers at .*--docker-host/,
        ),
      );
      expect(runs.filter(({ outcome }) => outcome === 'failed')).toEqual([]);

      for (const kind of kinds) {
        const run = runs.find(({ cell, block }) => cell === `${kind}-udp` && block === 0);
        if (run?.outcome !== 'measured') throw new Error(`${kind} was not measured by UDP`);
        const { latency, directions } = run.measurement;
        expect(latency!.idle.samples, kind).toBeGreaterThan(0);
        expect(directions[0]!.datagrams, kind).toBeGreaterThan(0);
      }
    },
    2 * DEADLINE_MS,
  );
});
