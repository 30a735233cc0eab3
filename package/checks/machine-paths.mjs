import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { checkout } from '../packed.mjs';

/** Where it was built is nobody's business, and a path of that machine is one that no other has. */
export async function machinePaths({ files, root }) {
  const places = [checkout, `file://`, `${homedir()}/`, `/home/${userInfo().username}/`];
  for (const file of files) {
    const text = await readFile(join(root, file), 'latin1');
    for (const place of places) {
      const at = text.indexOf(place);
      if (at !== -1) throw new Error(`${file} contains ${JSON.stringify(text.slice(at, at + 80))}.`);
    }
  }
  return `none in ${files.length} files`;
}
