import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bunForMusl, programFromNpm } from './program-from-npm.js';

const source = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const musl = '/lib/ld-musl-x86_64.so.1';

/**
 * Something that loads addons and runs on Debian's musl. It wants a C++ library for musl, which Debian has not: one is
 * linked of Debian's archive, as the addon has it inside.
 */
export class HostForMusl {
  readonly #directory = mkdtempSync(join(tmpdir(), 'vnetperf-musl-'));
  readonly command: readonly string[];

  static async make(): Promise<HostForMusl> {
    const host = new HostForMusl(await programFromNpm(bunForMusl));
    try {
      host.#linkLibrary();
      return host;
    } catch (error) {
      host[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(program: string) {
    this.command = [musl, '--library-path', this.#directory, program];
  }

  #linkLibrary(): void {
    const object = (name: string) => join(this.#directory, name);
    compile('clang', source('test/support/glibc-names-for-musl.c'), object('names.o'));
    compile('clang++', source('native/runtime/find_object.cc'), object('find_object.o'), '-std=c++20');
    const shared = ['-shared', '-fuse-ld=lld', '-nodefaultlibs', '-Wl,-z,defs', '-Wl,-soname,libstdc++.so.6'];
    const archive = [
      '-Wl,--whole-archive',
      '-Wl,-Bstatic',
      '-lstdc++',
      '-lgcc_eh',
      '-Wl,--no-whole-archive',
      '-lgcc',
      '-Wl,-Bdynamic',
    ];
    const own = [object('names.o'), object('find_object.o')];
    const libc = '/usr/lib/x86_64-linux-musl/libc.so';
    run('clang++', ...shared, ...own, ...archive, libc, '-o', object('libstdc++.so.6'));
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }
}

function compile(compiler: string, file: string, object: string, ...flags: string[]): void {
  run(compiler, ...flags, '-O2', '-Wall', '-Wextra', '-Werror', '-fPIC', '-c', file, '-o', object);
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: 60_000 });
}
