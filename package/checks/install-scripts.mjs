/** npm 12 runs no install script of a dependency, nor the one that it makes up for a binding.gyp: none may be needed. */
export function installScripts({ files, manifest }) {
  for (const name of ['preinstall', 'install', 'postinstall'])
    if (manifest.scripts?.[name] !== undefined) throw new Error(`package.json has the script "${name}".`);
  if (manifest.gypfile !== false) throw new Error('package.json lacks "gypfile": false.');
  if (files.includes('binding.gyp')) throw new Error('binding.gyp is in the package: npm would run node-gyp for it.');
  if (Object.keys(manifest.bin).length !== 1) throw new Error('package.json must have one command, for npx to know.');
  return '"gypfile" is false, one command';
}
