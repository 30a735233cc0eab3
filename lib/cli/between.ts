import { checkCores } from '../configuration/cores.js';
import { allowedCores } from '../platform/cores.js';
import { MachineWatch } from '../topology/diagnosis/machine-facts.js';
import { between } from '../topology/places/between.js';
import { parsePlace } from '../topology/places/parse-place.js';
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
      const watch = new MachineWatch();
      checkCores([...pin.client, ...pin.server], allowedCores());
      const [client, server] = parsed.places.map((text) => parsePlace(text, { engineHost }));
      await using network = await between(client!, server!, { family: configuration.family, port });
      const signal = AbortSignal.any([frame.signal, network.gone]);
      const ipv6 = network.target.ipv4 === undefined;
      return await measure(
        network,
        { ...configuration, cores: pin.client },
        pin,
        ipv6,
        { ...frame, signal },
        watch,
        own.latency,
      );
    },
    `${programName}: `,
  );
}
