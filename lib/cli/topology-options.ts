import type { PinnedCores } from '../configuration/cores.js';
import { hostCoresOf } from '../topology/hosts/host-cores.js';
import type { TopologyOptions } from '../topology/options.js';
import type { ParsedRun } from './parse-options.js';

/** What `run` asks of its network: its own options, and what those of the test imply. */
export function topologyOptions({ run, port, configuration }: ParsedRun): TopologyOptions {
  const { dryRun: _, ipv6, ...asked } = run;
  return { ...asked, ipv6: ipv6 || configuration.family === 6 ? true : undefined, port };
}

/** With the cores that the ends were given: across two hosts, each receives on its end's. */
export function onHostCores(options: TopologyOptions, pin: PinnedCores): TopologyOptions {
  const hostCores = hostCoresOf(pin);
  return hostCores === undefined ? options : { ...options, hostCores };
}
