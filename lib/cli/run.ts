import { checkCores } from '../configuration/cores.js';
import { allowedCores } from '../platform/cores.js';
import { MachineWatch } from '../topology/diagnosis/machine-facts.js';
import { planTopology } from '../topology/kinds.js';
import { shellScript } from '../topology/shell-script.js';
import { topology } from '../topology/topology.js';
import { type CommandFrame, framed } from './command-frame.js';
import { measure } from './measure.js';
import type { ParsedRun } from './parse-options.js';
import { endsOf, pinnedCoresNow } from './pinned-cores.js';
import { needsRootless, rerunRootless } from './rootless.js';
import { topologyOptions } from './topology-options.js';
import { programName } from './usage-error.js';

/** `vnetperf run KIND`: builds the network, runs both ends in this process, reports, removes it. */
export async function runCommandLine(parsed: ParsedRun, argv: readonly string[]): Promise<number> {
  const { topologyKind, run, own, configuration } = parsed;
  const ipv6 = run.ipv6 || configuration.family === 6;
  const options = topologyOptions(parsed);
  const inFrame = (body: (frame: CommandFrame) => Promise<number>) =>
    framed(configuration, parsed, body, `${programName}: `);
  try {
    const plan = await planTopology(topologyKind, options);
    if (run.dryRun) {
      process.stdout.write(`${shellScript(plan).trimEnd()}\n`);
      return 0;
    }
    if (typeof own.pin === 'object') checkCores([...own.pin.client, ...own.pin.server], allowedCores());
    // Has a frame of its own, around the program that it starts.
    if (needsRootless()) return await rerunRootless(argv);
  } catch (error) {
    return await inFrame(() => Promise.reject(error));
  }
  return await inFrame(async (frame) => {
    const pin = await pinnedCoresNow(own.pin, endsOf(configuration.settings, options.rpsCores));
    const watch = new MachineWatch();
    await using network = await topology(topologyKind, options);
    return await measure(network, { ...configuration, cores: pin.client }, pin, ipv6, frame, watch, own.latency);
  });
}
