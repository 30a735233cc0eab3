import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../lib/topology/lab.js';
import { newLabIdentity } from '../../lib/topology/lab-identity.js';
import { labsDirectory } from '../../lib/topology/state-directory.js';
import { buildVerified } from '../../lib/topology/topology.js';
import { DockerEngine } from '../support/docker-engine.js';
import { doctor, ofSeverity } from '../support/doctor-findings.js';
import { LabCommands } from '../support/lab-command.js';

describe.runIf(process.getuid?.() === 0 && DockerEngine.expected)(
  'two containers on the overlay of two engines',
  () => {
    let lab: Lab;
    let places: [string, string];
    let vnetperf: LabCommands;
    beforeAll(async () => {
      const identity = newLabIdentity();
      ({ lab } = await buildVerified('docker-overlay', {}, identity));
      const file = (name: string) => join(labsDirectory(), identity.short, `${name}.namespace`);
      places = [file('client'), file('server')];
      vnetperf = new LabCommands();
    }, 60_000);
    afterAll(async () => {
      await vnetperf?.dispose();
      await lab?.close();
    });

    it("all of the way is found, through the engines' own namespaces", async () => {
      const { head, path, findings } = await doctor(vnetperf, ...places);
      expect(head).not.toContain('not all of it is known');
      expect(path?.hops.map((hop) => hop.kind)).toEqual([
        ...['veth', 'veth', 'bridge', 'vxlan', 'veth'],
        ...['veth', 'vxlan', 'bridge', 'veth', 'veth'],
      ]);
      expect(path?.hops[3]?.namespace).toMatch(/^\/proc\/\d+\/root\/run\/docker\/netns\/\d+-/);
      expect(path?.pathMtuBytes).toBe(1450);
      expect(ofSeverity(findings, 'error')).toEqual([]);
    });

    it('an MTU larger than it carries is found', async () => {
      for (const end of ['client', 'server']) await lab.run(end, ['ip', 'link', 'set', 'eth0', 'mtu', '1500']);
      for (const host of ['host1', 'host2']) {
        const overlay = `overlay-${host}`;
        const { stdout } = await lab.run(overlay, ['ip', '-json', 'link', 'show', 'master', 'br0']);
        const ports = (JSON.parse(stdout) as { ifname: string }[]).map(({ ifname }) => ifname);
        for (const port of [...ports, 'br0']) await lab.run(overlay, ['ip', 'link', 'set', port, 'mtu', '1500']);
      }
      const { path, findings } = await doctor(vnetperf, ...places);
      const found = findings.filter(({ code }) => code === 'PATH_MTU');
      expect(found).toMatchObject([
        {
          severity: 'warning',
          message: expect.stringMatching(
            /they part where vxlan0 in \S+ puts 50 bytes around each packet .* is 1500: the ends may have 1450/,
          ),
        },
      ]);
      expect(path?.pathMtuBytes).toBe(1450);
    });
  },
);
