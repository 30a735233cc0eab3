import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DockerEngine } from '../support/docker-engine.js';
import { commands } from '../support/iperf-process.js';
import { processesMarked, remaining } from '../support/machine-state.js';

const privileged = process.getuid?.() === 0 && DockerEngine.expected;
/** A question to an engine may take ten seconds, and is not to be waited for. */
const PROMPT_MS = 4_000;

describe.runIf(privileged)('an engine that takes connections and never answers', () => {
  let directory: string;
  let silent: Server;
  let marker: string;
  const taken: Socket[] = [];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vnetperf-silent-'));
    silent = createServer((socket) => taken.push(socket.on('error', () => {})));
    silent.listen(join(directory, 'docker.sock'));
    await once(silent, 'listening');
    marker = randomUUID();
  });
  afterEach(() => {
    for (const socket of taken.splice(0)) socket.destroy();
    silent.close();
    rmSync(directory, { recursive: true });
  });

  const questions = () =>
    processesMarked(marker).filter((pid) => readFileSync(`/proc/${pid}/comm`, 'latin1').startsWith('docker'));

  it.each([
    ['run', 'docker-bridge', '-t', '1'],
    ['run', 'docker-published', '-t', '1'],
    ['run', 'docker-bridge', '--dry-run'],
    ['doctor', 'docker-bridge'],
    ['doctor', 'docker:web', 'docker:db'],
    ['topology', 'up', 'docker-bridge'],
    ['between', 'docker:web', 'docker:db', '-t', '1'],
  ])('is let go of by %s %s when that is interrupted, and nothing of ours goes on', async (...words) => {
    const environment = { DOCKER_HOST: `unix://${join(directory, 'docker.sock')}`, VNETPERF_TEST_MARKER: marker };
    const [program, ...args] = commands.vnetperf as [string, ...string[]];
    const child = spawn(program, [...args, ...words], {
      cwd: directory,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      const ended = once(child, 'close');
      // The process alone has the signal: a terminal's Ctrl-C would reach the engine's command too.
      await expect.poll(() => taken.length > 0 && questions().length > 0, { timeout: 10_000 }).toBe(true);
      const before = performance.now();
      child.kill('SIGINT');
      expect(await ended).toEqual([null, 'SIGINT']);
      expect(performance.now() - before).toBeLessThan(PROMPT_MS);
      expect(await remaining(() => processesMarked(marker))).toEqual([]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
