import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands, type Finished, IperfProcess } from '../support/iperf-process.js';
import { forwardAmount, reportOf } from '../support/iperf-report.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { PackageWithoutBuild } from '../support/package-without-build.js';
import { prebuiltBinary } from '../support/prebuilt-binary.js';
import { nodeForArm64, programFromNpm } from '../support/program-from-npm.js';

const DEADLINE_MS = 40_000;

/**
 * Node.js, Debian's libraries and the package's own binary, found by the loader, are of arm64; the emulator passes system
 * calls on to this kernel.
 */
describe.runIf(process.getuid?.() === 0)('the binary for arm64, in Node.js for arm64 under QEMU', () => {
  let loopback: LoopbackNamespace;
  let installed: PackageWithoutBuild;
  let arm64: string[];
  beforeAll(async () => {
    prebuiltBinary({ arch: 'arm64', libc: 'glibc' });
    loopback = new LoopbackNamespace();
    installed = new PackageWithoutBuild();
    arm64 = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu', await programFromNpm(nodeForArm64)];
  }, 180_000);
  afterAll(() => {
    loopback?.[Symbol.dispose]();
    installed?.[Symbol.dispose]();
  });

  async function start(program: readonly string[], ...args: string[]): Promise<IperfProcess> {
    const server = new IperfProcess(program, loopback.fd, ['-s', '-1', ...args]);
    try {
      await server.listening(5201, DEADLINE_MS);
      return server;
    } catch (error) {
      await server.kill();
      throw error;
    }
  }

  async function test(server: readonly string[], ...args: string[]): Promise<{ client: Finished; server: Finished }> {
    await using serving = await start(server, '-J');
    await using asking = new IperfProcess(vnetperf(), loopback.fd, ['-c', '127.0.0.1', '-J', ...args]);
    return { client: await asking.finished(DEADLINE_MS), server: await serving.finished(DEADLINE_MS) };
  }

  const vnetperf = () => [...arm64, installed.command];

  it('says what it is', async () => {
    const program = `
      const { build } = require(${JSON.stringify(prebuiltBinary({ arch: 'arm64', libc: 'glibc' }))});
      console.log(JSON.stringify([process.arch, build.target]));`;
    await using shown = new IperfProcess([...arm64, '-e', program], loopback.fd, []);
    expect((await shown.finished(DEADLINE_MS)).stdout).toBe('["arm64","aarch64-linux-gnu"]\n');
  });

  it('carries a second of TCP, and both ends count the same bytes', async () => {
    const { client, server } = await test(vnetperf(), '-t', '1');
    expect([client.stderr, server.stderr, client.status, server.status]).toEqual(['', '', 0, 0]);
    const { sent, received } = forwardAmount(reportOf(client), reportOf(server));
    expect(received).toBeGreaterThan(1_000_000);
    expect(received).toBeLessThanOrEqual(sent);
    expect(reportOf(client).end.sum_received?.bytes).toBe(received);
  });

  it('counts an exact number of datagrams with an end on this machine', async () => {
    const options = ['-u', '-b', '50M', '-l', '1000', '-k', '500'];
    const { client, server } = await test(commands.vnetperf, ...options);
    expect([client.stderr, server.stderr, client.status, server.status]).toEqual(['', '', 0, 0]);
    expect(forwardAmount(reportOf(client), reportOf(server))).toMatchObject({ sent: 500_000, received: 500_000 });
  });

  it('says which options to leave out where what stands in for the kernel does not know a path', async () => {
    await using serving = await start(commands.vnetperf);
    await using asking = new IperfProcess(vnetperf(), loopback.fd, ['-c', '127.0.0.1', '--send-path', 'zerocopy']);
    const { status, stderr } = await asking.finished(DEADLINE_MS);
    await serving.finished(DEADLINE_MS);
    expect(status).toBe(1);
    expect(stderr).toContain('Protocol not available');
    expect(stderr).toContain('leave out --send-path');
  });
});
