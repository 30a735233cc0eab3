import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostForMusl } from '../support/host-for-musl.js';
import { IperfProcess } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { dynamicSymbols, prebuiltBinary } from '../support/prebuilt-binary.js';

const traffic = fileURLToPath(new URL('../support/traffic-through-addon.mjs', import.meta.url));

describe.each(['x64', 'arm64'] as const)('the binary for %s and musl', (arch) => {
  const asked = dynamicSymbols(prebuiltBinary({ arch, libc: 'musl' })).filter(({ defined }) => !defined);

  it('asks musl for what it has, and Node for Node-API alone', () => {
    const inMusl = dynamicSymbols('/usr/lib/x86_64-linux-musl/libc.so').filter(({ defined }) => defined);
    const had = new Set(inMusl.map(({ name }) => name));
    const missing = asked.filter(({ name, weak }) => !weak && !had.has(name) && !name.startsWith('napi_'));
    expect(missing).toEqual([]);
    expect(asked.some(({ name }) => name === 'socket')).toBe(true);
  });

  it('asks for nothing that is something else in musl, or that only older ones have', () => {
    const names = asked.map(({ name }) => name);
    // What the GNU version returns is text, musl's a number; names that end in 64 are not in musl since 1.2.4.
    expect(names.filter((name) => /^(strerror_r|basename)$|64$|^__.*_chk$|^__isoc/.test(name))).toEqual([]);
    expect(asked.filter(({ version }) => version !== undefined)).toEqual([]);
  });
});

describe.runIf(process.getuid?.() === 0)('the binary for x64 and musl, loaded on musl', () => {
  let loopback: LoopbackNamespace;
  let host: HostForMusl;
  let said: Record<string, unknown>;
  beforeAll(async () => {
    loopback = new LoopbackNamespace();
    host = await HostForMusl.make();
    const binary = prebuiltBinary({ arch: 'x64', libc: 'musl' });
    await using carried = new IperfProcess(host.command, loopback.fd, [traffic, binary]);
    const { stdout, stderr } = await carried.finished(50_000);
    expect(stderr).toBe('');
    said = JSON.parse(stdout);
  }, 180_000);
  afterAll(() => {
    loopback?.[Symbol.dispose]();
    host?.[Symbol.dispose]();
  });

  it('is in a process that has musl and no glibc', () => {
    expect(said.build).toMatchObject({ target: 'x86_64-linux-musl', libc: 'musl' });
    expect(said.libraries).toEqual(['libc.so']);
  });

  it('throws what a system call comes to, on its own threads too', () => {
    expect(said.refusal).toEqual({ code: 'EADDRNOTAVAIL', syscall: 'bind' });
    expect(said.noSuchCore).toEqual({ failed: 'sched_setaffinity', code: 'EINVAL' });
  });

  it('carries TCP on every path and pinned, to the byte', () => {
    const bytes = 200 * 131_072;
    const carried = { reason: 'stopped', sent: bytes, received: bytes, roundTripKnown: true };
    const { copy, sendfile, splice, zerocopy, discard } = { ...(said.tcp as object) } as Record<string, unknown>;
    for (const path of [copy, sendfile, splice, zerocopy, discard, said.pinned]) expect(path).toEqual(carried);
  });

  it('carries an exact number of datagrams, and measures round trips', () => {
    expect(said.udp).toMatchObject({ sent: 500_000, received: 500_000 });
    expect(said.roundTrips).toMatchObject({ lost: 0, samples: expect.any(Number), percentiles: expect.any(Number) });
    const { samples, percentiles } = said.roundTrips as { samples: number; percentiles: number };
    expect(samples).toBeGreaterThan(10);
    expect(percentiles).toBeGreaterThan(0);
  });
});
