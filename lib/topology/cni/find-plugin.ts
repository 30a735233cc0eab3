import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TopologyError } from '../../errors.js';
import type { NetworkConfiguration } from './configuration.js';
import { isObject } from './json.js';

/** Where runtimes' own packages, Debian's and Fedora's put them. */
const CUSTOMARY = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];

/** Directories to look in, absolute: what was asked for, else CNI_PATH, else those customary ones that there are. */
export function pluginDirectories(asked: string | undefined, environment: NodeJS.ProcessEnv = process.env): string[] {
  const given = asked ?? environment.CNI_PATH;
  const directories = (given ?? '').split(':').filter((directory) => directory !== '');
  if (directories.length > 0) return directories.map((directory) => resolve(directory));
  const there = CUSTOMARY.filter((directory) => existsSync(directory));
  return there.length > 0 ? there : CUSTOMARY;
}

/**
 * The programs of a list's plugins, in their order. That those are there which plugins call for addresses is found out
 * here too. Throws VnetperfError ERR_CNI_PLUGIN_MISSING.
 */
export function findPlugins({ plugins, path }: NetworkConfiguration, directories: readonly string[]): string[] {
  for (const { ipam } of plugins) {
    if (isObject(ipam) && typeof ipam.type === 'string' && ipam.type !== '') find(ipam.type, path, directories);
  }
  return plugins.map(({ type }) => find(type, path, directories));
}

function find(type: string, path: string, directories: readonly string[]): string {
  const found = directories.map((directory) => join(directory, type)).find(isProgram);
  if (found !== undefined) return found;
  throw new TopologyError(`${path} needs the CNI plugin ${type}, which is not in ${directories.join(' or ')}`, {
    code: 'ERR_CNI_PLUGIN_MISSING',
    remedy: 'Install it with: apt-get install containernetworking-plugins, or say where it is with --cni-path DIR.',
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
