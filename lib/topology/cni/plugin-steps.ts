import type { LabIdentity } from '../lab-identity.js';
import { type CommandStep, diesWithNamespace, type Step, type UndoStep } from '../plan.js';
import type { NetworkConfiguration } from './configuration.js';
import { executionConfiguration, type RuntimeCapabilities, requestText } from './request.js';
import { type Call, pluginCommand } from './run-plugin.js';

/** A container that plugins connect to their network. */
export interface Container {
  /** Its namespace, and what it is called. */
  name: string;
  /** What the runtime has for plugins that declare the capability. */
  offered: RuntimeCapabilities;
}

/** How the plugins of a list are called for one container. */
export interface ContainerCalls {
  /** What takes it off the network again, and what puts it there. */
  add: readonly Step[];
  check: readonly Step[];
}

export interface PluginList {
  configuration: NetworkConfiguration;
  /** In the order of the plugins. */
  programs: readonly string[];
  searchPath: string;
  /** In place of the first plugin's own. */
  mtuBytes: number | undefined;
}

/** From this version on there is CHECK, and DEL is told the result of ADD. */
export function knowsCheck({ cniVersion }: Pick<NetworkConfiguration, 'cniVersion'>): boolean {
  return !cniVersion.startsWith('0.3.');
}

/** The file that holds what the last plugin of the list has answered. */
export function resultFile(container: string): string {
  return `${container}.json`;
}

/**
 * ADD goes through the list, each plugin given the result of the one before; CHECK does the same with the last result.
 * DEL goes through the whole list backwards, also where only a part of it was added, and is to be done from before the
 * first ADD on: of an ADD that failed nobody knows how far it came. A CHECK that fails is told and no more: plugins
 * check more than what they made (portmap looks for rules of IPv6 on networks that have none), and whether packets
 * get through is found out by sending some.
 */
export function containerCalls(list: PluginList, container: Container, { short }: LabIdentity): ContainerCalls {
  const { configuration, programs, searchPath, mtuBytes } = list;
  const last = configuration.plugins.length - 1;
  const result = resultFile(container.name);
  const resultAfter = (index: number) => (index === last ? result : `${container.name}-${index + 1}.json`);
  const call = (verb: Call['verb'], index: number, previousResult?: string) => {
    const plugin = configuration.plugins[index]!;
    const own = executionConfiguration(configuration, plugin, container.offered, index === 0 ? mtuBytes : undefined);
    return pluginCommand({
      verb,
      container: container.name,
      containerId: `vnetperf-${short}-${container.name}`,
      program: programs[index]!,
      type: plugin.type,
      searchPath,
      configuration: configuration.path,
      request: requestText(own, previousResult),
    });
  };
  const known = knowsCheck(configuration) ? result : undefined;
  const indexes = [...configuration.plugins.keys()];
  return {
    add: [
      ...indexes.map((index): UndoStep => ({ type: 'undo', ...call('DEL', index, known) })),
      ...indexes.map((index): CommandStep => {
        const previous = index === 0 ? undefined : resultAfter(index - 1);
        const add = call('ADD', index, previous);
        const waitsFor = `the CNI plugin ${add.plugin.type} to connect ${container.name}`;
        return { ...add, output: resultAfter(index), waitsFor, undo: diesWithNamespace };
      }),
    ],
    check: indexes.map((index): CommandStep => {
      return { ...call('CHECK', index, result), undo: diesWithNamespace, mayFail: true };
    }),
  };
}
