import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { LoopbackNamespace } from '../support/loopback-namespace.js';

const root = process.getuid?.() === 0;
const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;
const PROGRAM = new URL('../support/api-worker.mjs', import.meta.url);

interface Told {
  sent: number;
  received: number;
  bitsPerSecond: number;
  listeners: number;
}

/** Descriptors of this process on network namespaces. */
function heldNamespaces(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('net:[');
    } catch {
      return false;
    }
  }).length;
}

function threadNames(): string[] {
  return readdirSync('/proc/self/task').length === 0 ? [] : readdirSync('/proc/self/task');
}

describe.runIf(root)('in worker threads', () => {
  it('several serve and test at once, each its own bytes', async () => {
    using network = new LoopbackNamespace();
    const data = { library: LIBRARY, role: 'both', namespace: network.fd };
    const workers = [1, 2, 3].map(() => new Worker(PROGRAM, { workerData: data }));
    const told = await Promise.all(
      workers.map(async (worker) => {
        const [message] = (await once(worker, 'message', { signal: AbortSignal.timeout(20_000) })) as [Told];
        const [status] = await once(worker, 'exit');
        return { ...message, status: status as number };
      }),
    );
    for (const { sent, received, bitsPerSecond, status } of told) {
      expect(status).toBe(0);
      expect(sent).toBeGreaterThan(0);
      expect(received).toBe(sent);
      expect(bitsPerSecond).toBeGreaterThan(0);
    }
  });

  it('one that is terminated in the middle of a test takes its network and its threads with it', async () => {
    const before = { namespaces: heldNamespaces(), threads: threadNames().length };
    const worker = new Worker(PROGRAM, { workerData: { library: LIBRARY, role: 'endless' } });
    const [message] = await once(worker, 'message', { signal: AbortSignal.timeout(20_000) });
    expect(message).toBe('running');
    expect(heldNamespaces()).toBeGreaterThan(before.namespaces);
    await worker.terminate();
    await expect.poll(heldNamespaces, { timeout: 5_000 }).toBe(before.namespaces);
    await expect.poll(() => threadNames().length, { timeout: 5_000 }).toBeLessThanOrEqual(before.threads);
  });
});
