import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commands, IperfProcess } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';

const PROGRAM = fileURLToPath(new URL('../support/a-hundred-tests.mjs', import.meta.url));
const LIBRARY = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
const [node = ''] = commands.vnetperf;
const MEBIBYTE = 1024 * 1024;
/**
 * What V8 gathers of its own accord is not what is looked for: compiled code, and a young generation that it lets grow
 * from 1 MiB to 16.
 */
const V8_ALONE = ['--jitless', '--no-expose-wasm', '--max-semi-space-size=1'];

interface Held {
  tests: number;
  descriptors: number;
  threads: number;
  residentBytes: number;
  heapBytes: number;
}

describe.runIf(process.getuid?.() === 0)('a hundred tests in one process, servers and clients', () => {
  it('leave no descriptor, no thread and no megabyte more than the first ten', { timeout: 60_000 }, async () => {
    using network = new LoopbackNamespace();
    await using child = new IperfProcess([node, '--expose-gc', ...V8_ALONE, PROGRAM, LIBRARY], network.fd, []);
    const { status, stdout, stderr } = await child.finished(50_000);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const held = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Held);
    const [ten, hundred] = [held[0] as Held, held.at(-1) as Held];
    expect([ten.tests, hundred.tests]).toEqual([10, 100]);
    expect(hundred.descriptors).toBe(ten.descriptors);
    expect(hundred.threads).toBe(ten.threads);
    expect(hundred.residentBytes - ten.residentBytes, stdout).toBeLessThan(MEBIBYTE);
    expect(hundred.heapBytes - ten.heapBytes, stdout).toBeLessThan(MEBIBYTE / 2);
  });
});
