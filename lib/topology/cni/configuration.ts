import { readFileSync } from 'node:fs';
import { TopologyError, type VnetperfError } from '../../errors.js';
import { isObject, type JsonObject } from './json.js';

/** A network as a file describes it: plugins to be called one after another. */
export interface NetworkConfiguration {
  /** The file. */
  path: string;
  name: string;
  cniVersion: string;
  disableCheck: boolean;
  plugins: readonly [PluginConfiguration, ...PluginConfiguration[]];
}

/** A plugin's own part, with whatever it alone understands. */
export type PluginConfiguration = JsonObject & { readonly type: string };

/** Versions in which a plugin tells of interfaces and more than one address, and in which calls are alike. */
const VERSIONS = ['0.3.0', '0.3.1', '0.4.0', '1.0.0'];
const NEWEST = VERSIONS.at(-1)!;
/** CNI 1.0.0, section 1: of a network's name. A plugin's type is a file's name, and is no path. */
const NETWORK_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const PLUGIN_TYPE = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/;
const LARGEST_FILE_BYTES = 1024 * 1024;

const EXAMPLE = '{"cniVersion": "1.0.0", "name": "net0", "plugins": [{"type": "bridge", ...}]}';

/**
 * A configuration list (.conflist), or a single configuration (.conf, .json), which is a list of one. Throws
 * VnetperfError ERR_CNI_CONFIGURATION.
 */
export function readConfiguration(path: string): NetworkConfiguration {
  return parseConfiguration(readText(path), path);
}

/** @param path For the errors. */
export function parseConfiguration(text: string, path: string): NetworkConfiguration {
  const file = parseObject(text, path);
  // As runtimes tell them apart, whatever the file is called.
  const list = 'plugins' in file ? file : { ...file, plugins: [file] };
  return {
    path,
    name: checkName(list.name, path),
    cniVersion: checkVersion(list.cniVersion, path),
    disableCheck: list.disableCheck === true,
    plugins: checkPlugins(list.plugins, path),
  };
}

/** Of the plugin that makes the interface, the first one; undefined: it chooses. */
export function configuredMtu({ plugins: [first] }: NetworkConfiguration): number | undefined {
  return typeof first.mtu === 'number' && first.mtu > 0 ? first.mtu : undefined;
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why: Record<string, string> = {
      ENOENT: 'is not there',
      EISDIR: 'is a directory',
      EACCES: 'may not be read by this user',
    };
    throw wrong(path, why[code ?? ''] ?? `cannot be read (${code})`, 'Give a file, for example from /etc/cni/net.d.');
  }
  if (bytes.length > LARGEST_FILE_BYTES) throw wrong(path, 'is larger than 1 MiB', `It should be like ${EXAMPLE}`);
  return bytes.toString();
}

function parseObject(text: string, path: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(path, `is not JSON: ${(error as Error).message}`, `It should be like ${EXAMPLE}`);
  }
  if (!isObject(value)) throw wrong(path, 'holds no JSON object', `It should be like ${EXAMPLE}`);
  return value;
}

function checkName(name: unknown, path: string): string {
  const remedy = 'Give the network a "name" of letters, digits, dots, dashes and underscores, a letter or digit first.';
  if (name === undefined) throw wrong(path, 'has no "name"', remedy);
  if (typeof name === 'string' && NETWORK_NAME.test(name)) return name;
  throw wrong(path, `has the name ${JSON.stringify(name)}, which no network can have`, remedy);
}

function checkVersion(version: unknown, path: string): string {
  const remedy = `Give it a "cniVersion" out of ${VERSIONS.join(', ')}.`;
  if (version === undefined) throw wrong(path, 'has no "cniVersion"', remedy);
  if (typeof version === 'string' && VERSIONS.includes(version)) return version;
  const which = `of CNI ${typeof version === 'string' ? version : JSON.stringify(version)}`;
  throw wrong(path, `is ${which}, which vnetperf does not speak (${VERSIONS[0]} to ${NEWEST})`, remedy);
}

function checkPlugins(plugins: unknown, path: string): NetworkConfiguration['plugins'] {
  const remedy = `It should be like ${EXAMPLE}`;
  if (!Array.isArray(plugins) || plugins.length === 0) throw wrong(path, 'names no plugins', remedy);
  return plugins.map((plugin: unknown, index) => checkPlugin(plugin, index, path)) as unknown as [PluginConfiguration];
}

function checkPlugin(plugin: unknown, index: number, path: string): PluginConfiguration {
  const which = `plugin ${index + 1}`;
  const remedy = 'A "type" is the name of the plugin\'s program, for example "bridge".';
  if (!isObject(plugin)) throw wrong(path, `has a ${which} that is no JSON object`, remedy);
  const { type } = plugin;
  if (type === undefined) throw wrong(path, `has a ${which} without a "type"`, remedy);
  if (typeof type === 'string' && PLUGIN_TYPE.test(type)) return { ...plugin, type };
  throw wrong(path, `has a ${which} of the type ${JSON.stringify(type)}, which is no name of a program`, remedy);
}

function wrong(path: string, what: string, remedy: string): VnetperfError {
  return new TopologyError(`the CNI configuration ${path} ${what}`, { code: 'ERR_CNI_CONFIGURATION', remedy });
}
