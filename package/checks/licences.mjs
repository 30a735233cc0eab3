import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const permissive = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD'];

/** Ours with its text, and of every package that comes with it one that asks for no more than ours. */
export async function licences({ files, installed }) {
  if (!files.includes('LICENSE')) throw new Error('LICENSE is missing.');
  const modules = join(installed, 'node_modules');
  const seen = [];
  for (const path of await readdir(modules, { recursive: true })) {
    if (!/^(@[^/]+\/)?[^/@.][^/]*$/.test(path)) continue;
    const manifest = join(modules, path, 'package.json');
    if (
      !(await access(manifest).then(
        () => true,
        () => false,
      ))
    )
      continue;
    const { name, license } = JSON.parse(await readFile(manifest, 'utf8'));
    if (!permissive.includes(license)) throw new Error(`${name} is under the licence ${license}.`);
    seen.push(`${name} ${license}`);
  }
  return seen.join(', ');
}
