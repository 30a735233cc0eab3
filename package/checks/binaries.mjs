import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** e_machine of an ELF header (System V ABI). */
const machines = { x64: 62, arm64: 183 };

/** One for each processor and C library, for that processor, and no other file beside them. */
export async function binaries({ files, root }) {
  const expected = Object.keys(machines).flatMap((arch) =>
    ['glibc', 'musl'].map((libc) => ({ arch, libc, file: `prebuilds/linux-${arch}/vnetperf.${libc}.node` })),
  );
  for (const { arch, file } of expected) {
    if (!files.includes(file)) throw new Error(`${file} is missing: run "npm run prebuilds".`);
    const header = await readFile(join(root, file));
    if (header.toString('latin1', 0, 4) !== '\x7fELF' || header.readUInt16LE(18) !== machines[arch])
      throw new Error(`${file} is no binary for ${arch}.`);
  }
  const names = expected.map(({ file }) => file);
  const stray = files.find((file) => file.startsWith('prebuilds/') && !names.includes(file));
  if (stray !== undefined) throw new Error(`${stray} is a binary that no machine would load.`);
  return names.map((name) => name.replace(/^prebuilds\/|vnetperf\.|\.node$/g, '')).join(', ');
}
