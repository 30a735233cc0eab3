import { existsSync, fstatSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DockerEngine } from '../support/docker-engine.js';
import { holdersOfNamespace, remaining } from '../support/machine-state.js';
import { pauseImage } from '../support/pause-image.js';

const privileged = process.getuid?.() === 0 && DockerEngine.expected;

describe.runIf(privileged)('the Docker engine of a test', () => {
  const cgroups = (name: string) =>
    readdirSync('/sys/fs/cgroup').filter((controller) => existsSync(`/sys/fs/cgroup/${controller}/${name}`));

  it('leaves nothing: no process, no file, no control group, also of containers that run', async () => {
    const engine = await DockerEngine.start();
    const name = basename(engine.directory);
    const inode = fstatSync(engine.namespace.fd).ino;
    try {
      await engine.dockerWithInput(pauseImage(), 'import', '--change', 'CMD ["/pause"]', '-', 'pause:1');
      await engine.docker('run', '--detach', '--network', 'host', 'pause:1');
      await engine.docker('run', '--detach', 'pause:1');
      expect(holdersOfNamespace(inode).length).toBeGreaterThan(2);
    } finally {
      await engine[Symbol.asyncDispose]();
    }
    expect(await remaining(() => holdersOfNamespace(inode))).toEqual([]);
    expect(existsSync(engine.directory)).toBe(false);
    expect(cgroups(name)).toEqual([]);
  });

  it('serves again after it was stopped', async () => {
    await using engine = await DockerEngine.start();
    await engine.stopDaemon();
    await expect(engine.docker('version')).rejects.toThrow();
    await engine.startDaemon();
    expect(await engine.docker('version', '--format', '{{.Server.Os}}')).toBe('linux');
  });
});
