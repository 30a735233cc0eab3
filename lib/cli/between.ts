import { between } from '../api/between.js';
import { checkCores } from '../configuration/cores.js';
import { allowedCores } from '../platform/cores.js';
import { framed } from './command-frame.js';
import { measure } from './measure.js';
import type { ParsedBetween } from './parse-options.js';
import { endsOf, pinnedCoresNow } from './pinned-cores.js';
import { programName } from './usage-error.js';

/** `vnetperf between A B`: both ends in this process, its threads in networks that are there already. */
export async function betweenCommandLine(parsed: ParsedBetween): Promise<number> {
  const { configuration, own, engineHost, port } = parsed;
  return await framed(
    configuration,
    parsed,
    async (frame) => {
      const pin = await pinnedCoresNow(own.pin, endsOf(configuration.settings));
      checkCores([...pin.client, ...pin.server], allowedCores());
      const [client, server] = parsed.places;
      const { family } = configuration;
      await using network = await between(client, server, { engineHost, family, port, signal: frame.signal });
      return await measure(network, { ...configuration, pin, latency: own.latency }, frame);
    },
    `${programName}: `,
  );
}
