// C++ to objects, by clang for either processor. An object's name has the hash of all that it was made of, so that a
// second build compiles what has changed.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const objectDirectory = 'build-prebuilds';
const oneFileMs = 120_000;
const addonApi = dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'));

/** Node's headers lie beside the running node. Those of Node-API are the same for every processor. */
function nodeHeaders() {
  const directory = join(dirname(dirname(process.execPath)), 'include', 'node');
  if (existsSync(join(directory, 'node_api.h'))) return directory;
  throw new Error(`There is no node_api.h in ${directory}: run this with a Node.js that brings its headers.`);
}

const flags = (processor) => [
  `--target=${processor}-linux-gnu`,
  ...['-std=c++20', '-Wall', '-Wextra', '-Werror', '-fPIC'],
  ...['-fvisibility=hidden', '-fvisibility-inlines-hidden', '-ffunction-sections', '-fdata-sections'],
  // As in binding.gyp, where the last is explained.
  ...['-DNAPI_VERSION=8', '-DNODE_ADDON_API_DISABLE_DEPRECATED', '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
  // The directory of the build is in no assertion's text: the bytes are the same wherever they are made.
  ...['-Inative', `-ffile-prefix-map=${addonApi}=node-addon-api`, '-isystem', addonApi, '-isystem', nodeHeaders()],
];

/** What moves bytes is to be fast; what JavaScript calls now and then is to be small: it is two thirds of the addon. */
const optimization = (source) => (source.startsWith('native/binding/') ? '-Oz' : '-O2');

function hashOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** Files of native/ that end so, named from the checkout's root. */
export function nativeFiles(ending, directories = ['']) {
  const inDirectory = (directory) =>
    readdirSync(join(checkout, 'native', directory), { recursive: true })
      .filter((name) => name.endsWith(ending))
      .map((name) => join('native', directory, name));
  return directories.flatMap(inDirectory).sort();
}

/** Headers and compiler, which every object is made of. */
function surroundings() {
  const headers = nativeFiles('.h');
  const compiler = execFileSync('clang++', ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const napi = readFileSync(join(addonApi, 'package.json'), 'utf8');
  return hashOf(compiler, process.version, napi, ...headers.map((name) => readFileSync(join(checkout, name))));
}

async function compileOne(source, options, common) {
  const command = [...options, optimization(source), '-c', source];
  const name = `${basename(source, '.cc')}-${hashOf(common, ...command, readFileSync(join(checkout, source)))}.o`;
  const object = join(objectDirectory, name);
  if (existsSync(join(checkout, object))) return object;
  const unfinished = `${object}.${process.pid}`;
  const how = { cwd: checkout, timeout: oneFileMs };
  await promisify(execFile)('clang++', [...command, '-o', unfinished], how).catch((error) => {
    throw new Error(`${source}: ${error.stderr || error.message}`);
  });
  renameSync(join(checkout, unfinished), join(checkout, object));
  return object;
}

/**
 * The objects of these sources, in their order. Sources and objects are named from the checkout's root.
 *
 * @param {{ processor: string, sources: string[], defines?: string[] }} what
 */
export async function compile({ processor, sources, defines = [] }) {
  mkdirSync(join(checkout, objectDirectory), { recursive: true });
  const common = surroundings();
  const options = [...flags(processor), ...defines.map((define) => `-D${define}`)];
  const compiled = new Map();
  const waiting = [...sources];
  const worker = async () => {
    for (let source = waiting.shift(); source; source = waiting.shift()) {
      compiled.set(source, await compileOne(source, options, common));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return sources.map((source) => compiled.get(source));
}

/** Removes objects of sources and flags that are no more. */
export function keepOnly(objects) {
  const kept = new Set(objects.map((name) => basename(name)));
  for (const name of readdirSync(join(checkout, objectDirectory))) {
    if (name.endsWith('.o') && !kept.has(name)) rmSync(join(checkout, objectDirectory, name), { force: true });
  }
}
