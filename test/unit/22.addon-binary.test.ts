import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { nativeBinary } from '../support/native-binary.js';

const objdump = (flag: string) => execFileSync('objdump', [flag, nativeBinary], { encoding: 'utf8', timeout: 5000 });

describe('the addon runs on machines it was not built on: it', () => {
  it('needs the C library and nothing else', () => {
    const needed = [...objdump('-p').matchAll(/NEEDED +(\S+)/g)].map((match) => match[1] as string);
    expect(needed).toContainEqual(expect.stringMatching(/^libc\./));
    for (const library of needed) expect(library).toMatch(/^(libc|libm|ld-linux.*|ld-musl.*)\.so/);
  });

  it('needs no C library younger than glibc 2.36, that of Debian 12', () => {
    const minors = [...objdump('-T').matchAll(/GLIBC_2\.(\d+)/g)].map((match) => Number(match[1]));
    expect(minors.length).toBeGreaterThan(0);
    expect(Math.max(...minors)).toBeLessThanOrEqual(36);
  });

  it('shows Node its entry and keeps everything else to itself', () => {
    const defined = objdump('-T')
      .split('\n')
      .filter((line) => /^[0-9a-f]{8,} /.test(line) && !line.includes('*UND*'))
      .map((line) => line.split(/\s+/).at(-1));
    expect(defined.sort()).toEqual(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
  });
});
