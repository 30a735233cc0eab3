import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { dynamicSymbols, neededLibraries, prebuiltBinary, prebuilts, readelf } from '../support/prebuilt-binary.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string };

describe.each(prebuilts)('the binary for $arch and $libc', ({ arch, libc }) => {
  const path = prebuiltBinary({ arch, libc });

  it('is for that processor, and needs the C library and nothing else', () => {
    expect(readelf(path, '--file-header')).toMatch(arch === 'x64' ? /Machine: .*X86-64/ : /Machine: .*AArch64/);
    const glibcs = /^(libc\.so\.6|libm\.so\.6|ld-linux-(x86-64\.so\.2|aarch64\.so\.1))$/;
    // musl's loader answers to this name, and glibc has none that can be loaded: a wrong choice is an error, no crash.
    const allowed = libc === 'musl' ? /^libc\.so$/ : glibcs;
    const needed = neededLibraries(path);
    expect(needed).not.toHaveLength(0);
    for (const library of needed) expect(library).toMatch(allowed);
  });

  it('shows Node its entry and keeps everything else to itself', () => {
    const shown = dynamicSymbols(path).filter(({ defined }) => defined);
    expect(shown.map(({ name }) => name).sort()).toEqual([
      'napi_register_module_v1',
      'node_api_module_get_api_version_v1',
    ]);
  });

  it('is never unloaded under its threads, and nothing in it can be rewritten or run that is no code', () => {
    expect(readelf(path, '--dynamic')).toMatch(/\(FLAGS_1\).*NOW.*NODELETE|\(FLAGS_1\).*NODELETE.*NOW/);
    const segments = readelf(path, '--program-headers');
    expect(segments).toContain('GNU_RELRO');
    expect(segments).toMatch(/GNU_STACK .* RW /);
  });
});

it('the oldest glibc that the binaries load on is the one that the README promises', () => {
  const promised = /glibc (2\.\d+) or newer/.exec(readFileSync(join(checkout, 'README.md'), 'utf8'))?.[1];
  for (const arch of ['x64', 'arm64'] as const) {
    const versions = dynamicSymbols(prebuiltBinary({ arch, libc: 'glibc' })).map(({ version }) => version ?? '');
    const minors = versions.flatMap((version) => /^GLIBC_2\.(\d+)/.exec(version)?.[1] ?? []).map(Number);
    expect(minors).not.toHaveLength(0);
    expect(`2.${Math.max(...minors)}`, arch).toBe(promised);
  }
});

it('the binary for this machine says what it is, throws what a call comes to, and serves a worker thread', () => {
  const program = `
    const { Worker, isMainThread, parentPort } = require('node:worker_threads');
    const { build, openSocket } = require(process.env.VNETPERF_BINARY);
    const said = { build };
    try {
      openSocket({ protocol: 'tcp', family: 4, bind: { host: '203.0.113.1', port: 1 } });
    } catch ({ code, syscall }) {
      said.error = { code, syscall };
    }
    if (isMainThread) {
      new Worker(__filename).once('message', (inWorker) => console.log(JSON.stringify([said, inWorker])));
    } else parentPort.postMessage(said);`;
  const directory = mkdtempSync(join(tmpdir(), 'vnetperf-prebuilt-'));
  try {
    const script = join(directory, 'program.cjs');
    writeFileSync(script, program);
    const answer = execFileSync(process.execPath, [script], {
      encoding: 'utf8',
      timeout: 20_000,
      env: { ...process.env, VNETPERF_BINARY: prebuiltBinary({ arch: 'x64', libc: 'glibc' }) },
    });
    const expected = {
      build: {
        version: manifest.version,
        target: 'x86_64-linux-gnu',
        libc: 'glibc',
        compiler: expect.stringMatching(/^Debian Clang \d+/),
        commit: expect.stringMatching(/^[0-9a-f]{12}(-changed)?$/),
      },
      error: { code: 'EADDRNOTAVAIL', syscall: 'bind' },
    };
    expect(JSON.parse(answer)).toEqual([expected, expected]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it('the same sources make the same bytes in another directory', { timeout: 180_000 }, async () => {
  const target = { processor: 'aarch64', libc: 'musl' };
  const { objectsOf } = (await importFromPackage('native-build.mjs')) as {
    objectsOf(target: object): Promise<string[]>;
  };
  const { link } = (await importFromPackage('native-link.mjs')) as {
    link(target: object, objects: string[], file: string): Promise<void>;
  };
  const objects = await objectsOf(target);
  const directory = mkdtempSync(join(tmpdir(), 'vnetperf-reproduced-'));
  try {
    const here = join(directory, 'here.node');
    await link(target, objects, here);

    for (const part of ['native', 'package', 'package.json', ...objects]) {
      mkdirSync(dirname(join(directory, part)), { recursive: true });
      cpSync(join(checkout, part), join(directory, part), { recursive: true });
    }
    symlinkSync(join(checkout, 'node_modules'), join(directory, 'node_modules'));
    // With Node's headers and assertions that name their file, and a thread's loop. All of them would take a minute.
    const sources = ['native/binding/poller.cc', 'native/engine/worker.cc'];
    const again = objects.filter((name) => /\/(poller|worker)-/.test(name));
    expect(again).toHaveLength(2);
    for (const name of again) rmSync(join(directory, name));
    const program = `
      import { compile } from './package/native-compile.mjs';
      import { link } from './package/native-link.mjs';
      const [target, sources, objects] = JSON.parse(process.argv[1]);
      await compile({ processor: target.processor, sources });
      await link(target, objects, 'there.node');`;
    const asked = JSON.stringify([target, sources, objects]);
    execFileSync(process.execPath, ['--input-type=module', '-e', program, asked], { cwd: directory, timeout: 120_000 });
    expect(readFileSync(join(directory, 'there.node')).equals(readFileSync(here))).toBe(true);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

function importFromPackage(name: string): Promise<unknown> {
  return import(/* @vite-ignore */ join(checkout, 'package', name));
}
