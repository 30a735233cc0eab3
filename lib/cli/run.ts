import { topologyScript } from '../api/topology-script.js';
import { checkCores } from '../configuration/cores.js';
import { allowedCores } from '../platform/cores.js';
import { builtOnTerminal } from './built-on-terminal.js';
import { type CommandFrame, framed } from './command-frame.js';
import { measure } from './measure.js';
import type { ParsedRun } from './parse-options.js';
import { endsOf, pinnedCoresNow } from './pinned-cores.js';
import { needsRootless, rerunRootless } from './rootless.js';
import { abortOnSignals } from './signals.js';
import { onHostCores, topologyOptions } from './topology-options.js';
import { programName } from './usage-error.js';

/** `vnetperf run KIND`: builds the network, runs both ends in this process, reports, removes it. */
export async function runCommandLine(parsed: ParsedRun, argv: readonly string[]): Promise<number> {
  const { topologyKind, run, own, configuration } = parsed;
  const ipv6 = run.ipv6 || configuration.family === 6;
  const asked = topologyOptions(parsed);
  // Which cores `auto` chooses is known when the run begins.
  const options = typeof own.pin === 'object' ? onHostCores(asked, own.pin) : asked;
  const inFrame = (body: (frame: CommandFrame) => Promise<number>) =>
    framed(configuration, parsed, body, `${programName}: `);
  try {
    const script = await interruptible((signal) => topologyScript(topologyKind, options, { signal }));
    if (run.dryRun) {
      process.stdout.write(`${script.trimEnd()}\n`);
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
    await using network = await builtOnTerminal(topologyKind, onHostCores(options, pin), frame.signal);
    return await measure(network, { ...configuration, family: ipv6 ? 6 : undefined, pin, latency: own.latency }, frame);
  });
}

/** An engine that is asked for its subnets may take its time. */
async function interruptible<Value>(body: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const signals = abortOnSignals();
  try {
    return await body(signals.signal);
  } finally {
    signals.dispose();
  }
}
