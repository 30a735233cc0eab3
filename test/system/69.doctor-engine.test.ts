import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../lib/topology/diagnosis/finding.js';
import { DockerEngine } from '../support/docker-engine.js';
import { LabCommands } from '../support/lab-command.js';

describe.runIf(process.getuid?.() === 0 && DockerEngine.expected)(
  'trouble with an engine, found by doctor and by run',
  () => {
    let engine: DockerEngine;
    let vnetperf: LabCommands;
    beforeAll(async () => {
      engine = await DockerEngine.start();
    }, 60_000);
    afterAll(() => engine?.[Symbol.asyncDispose]());
    beforeEach(() => {
      vnetperf = new LabCommands({ env: { DOCKER_HOST: engine.host } });
    });
    afterEach(() => vnetperf.dispose());

    async function errorsOf(...words: string[]): Promise<Finding[]> {
      const { stdout, status } = await vnetperf.run('doctor', ...words, '-J');
      const { findings } = JSON.parse(stdout) as { findings: Finding[] };
      const errors = findings.filter(({ severity }) => severity === 'error');
      expect(status).toBe(errors.length > 0 ? 1 : 0);
      return errors;
    }

    /** doctor has found it, and run ends with it before it has printed anything of traffic. */
    async function runFails(code: RegExp, ...words: string[]): Promise<void> {
      const { status, stdout, stderr } = await vnetperf.run('run', ...words, '-t', '1');
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(code);
      expect(await engine.objects()).toEqual([]);
    }

    const HOST = () => ['--docker-host', engine.host];

    it('none, where there is none', async () => {
      expect(await errorsOf('docker-bridge', ...HOST())).toEqual([]);
      expect(await errorsOf(...HOST())).toEqual([]);
    }, 60_000);

    it('an address range in use', async () => {
      engine.run('ip', 'link', 'add', 'other0', 'type', 'bridge');
      engine.run('ip', 'link', 'set', 'other0', 'up');
      engine.run('ip', 'route', 'add', '198.18.77.0/24', 'dev', 'other0');
      try {
        const wrong = ['docker-bridge', ...HOST(), '--subnet', '198.18.77.0/24'];
        const [error] = await errorsOf(...wrong);
        expect(error).toMatchObject({ code: 'ERR_SUBNET_IN_USE', remedy: expect.stringContaining('--subnet') });
        expect(error?.message).toMatch(/the subnet 198\.18\.77\.0\/24 is in use: a route by other0/);
        await runFails(/the subnet 198\.18\.77\.0\/24 is in use/, ...wrong);
        const { stdout } = await vnetperf.run('doctor', ...HOST());
        expect(stdout).toMatch(
          /^note +of 198\.18\.0\.0\/15, .* is in use where docker at \S+ is: .*198\.18\.77\.0\/24/m,
        );
      } finally {
        engine.run('ip', 'link', 'delete', 'other0');
      }
    }, 60_000);

    it.each([
      ['nat', 'docker-published'],
      ['filter', 'docker-bridge'],
    ])(
      'the chain DOCKER of the table %s gone',
      async (table, kind) => {
        const rules = engine.run('iptables-save', '-t', table);
        engine.run('iptables', '-t', table, '-F');
        engine.run('iptables', '-t', table, '-X');
        try {
          const wrong = [kind, ...HOST()];
          for (const words of [wrong, HOST()]) {
            const [error] = await errorsOf(...words);
            expect(error).toMatchObject({
              code: 'ERR_DOCKER_CHAIN',
              remedy: expect.stringContaining('Restart the engine'),
            });
            expect(error?.message).toContain(`the chain DOCKER of iptables' table ${table} is gone`);
          }
          await runFails(/iptables is gone.*\n {2}Restart the engine/, ...wrong);
        } finally {
          restore(rules);
        }
      },
      60_000,
    );

    function restore(rules: string): void {
      const script = 'printf "%s" "$1" | iptables-restore';
      engine.run('sh', '-c', script, 'sh', rules);
    }

    it('a stopped engine', async () => {
      await engine.stopDaemon();
      try {
        for (const words of [['docker-bridge', ...HOST()], HOST()]) {
          const [error] = await errorsOf(...words);
          expect(error).toMatchObject({
            code: 'ERR_ENGINE_UNREACHABLE',
            remedy: expect.stringContaining('systemctl start docker'),
          });
          expect(error?.message).toMatch(/no engine of docker answers at unix:/);
        }
        const { status, stdout, stderr } = await vnetperf.run('run', 'docker-bridge', ...HOST(), '-t', '1');
        expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
        expect(stderr).toMatch(/no engine of docker answers at unix:.*\n {2}Start it with: systemctl start docker/);
      } finally {
        await engine.startDaemon();
      }
    }, 60_000);
  },
);
