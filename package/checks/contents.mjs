import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** What npm packs whatever `files` says. */
const always = ['package.json', 'README.md', 'LICENSE'];
const source =
  /(^|\/)(binding\.gyp|CMakeLists\.txt|tsconfig[^/]*\.json)$|\.(cc|cpp|c|h|hpp|gypi|o|a|map|mjs|tsbuildinfo)$|(?<!\.d)\.[cm]?ts$/;

/** All that is promised is there, and nothing else: no source, no test, no leftover of a build. */
export async function contents({ files, manifest, root }) {
  const promised = [...manifest.files, ...always];
  for (const name of promised)
    if (!files.some((file) => isOf(file, name))) throw new Error(`${name} is missing, which "files" promises.`);
  for (const target of [...targets(manifest.exports), ...Object.values(manifest.bin)]) {
    // A pattern stands for what is in its directory.
    await access(join(root, target.replace(/\*.*/, ''))).catch(() => {
      throw new Error(`${target} is missing, which package.json names.`);
    });
  }
  for (const file of files) {
    if (source.test(file)) throw new Error(`${file} is a source and has no place in the package.`);
    if (!promised.some((name) => isOf(file, name))) throw new Error(`${file} is in the package and not in "files".`);
  }
  return `${files.length} files, all of "files", no source`;
}

function isOf(file, name) {
  const [directory, ending] = name.split('*');
  return ending === undefined
    ? file === name || file.startsWith(`${name}/`)
    : file.startsWith(directory) && file.endsWith(ending);
}

function targets(exported) {
  return typeof exported === 'string' ? [exported] : Object.values(exported).flatMap(targets);
}
