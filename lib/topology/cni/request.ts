import type { TextInput } from '../plan.js';
import type { NetworkConfiguration, PluginConfiguration } from './configuration.js';
import { isObject, type JsonObject } from './json.js';

/** What a runtime offers plugins that declare the capability. */
export type RuntimeCapabilities = Readonly<Record<string, unknown>>;

/**
 * What a plugin reads: its own part of the list, with the list's name and version, and of what the runtime offers
 * what the part declares (CNI 1.0.0, section 3 "Deriving execution configuration from plugin configuration"). An
 * address manager keeps what it gave away where it does by itself, because that is the lab's: a directory of its own
 * choice would be the machine's, or a new one at every call.
 * @param offered By capability.
 * @param mtuBytes In place of the part's own.
 */
export function executionConfiguration(
  { name, cniVersion }: Pick<NetworkConfiguration, 'name' | 'cniVersion'>,
  plugin: PluginConfiguration,
  offered: RuntimeCapabilities,
  mtuBytes?: number,
): JsonObject {
  const { capabilities, runtimeConfig, prevResult: _, ipam, ...own } = plugin;
  const declared = isObject(capabilities) ? capabilities : {};
  const taken = Object.entries(offered).filter(([capability]) => declared[capability] === true);
  const given = { ...Object.fromEntries(taken), ...(isObject(runtimeConfig) ? runtimeConfig : {}) };
  return {
    ...own,
    ...(ipam === undefined ? {} : { ipam: withoutDirectory(ipam) }),
    name,
    cniVersion,
    ...(mtuBytes === undefined ? {} : { mtu: mtuBytes }),
    ...(Object.keys(given).length === 0 ? {} : { runtimeConfig: given }),
  };
}

function withoutDirectory(ipam: unknown): unknown {
  if (!isObject(ipam)) return ipam;
  const { dataDir: _, ...rest } = ipam;
  return rest;
}

/** The same with a result that a file of the lab's holds; without it where there is no such file. */
export function requestText(configuration: JsonObject, previousResult?: string): TextInput {
  const text = JSON.stringify(configuration);
  if (previousResult === undefined) return [text];
  return [text.slice(0, -1), { file: previousResult, before: ',"prevResult":' }, '}'];
}
