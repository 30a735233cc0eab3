import { checkCores } from '../configuration/cores.js';
import { allowedCores } from '../platform/cores.js';
import { runClient } from '../traffic/client.js';
import { exitStatus, framed } from './command-frame.js';
import type { ParsedClient } from './parse-options.js';
import { askPassword } from './password.js';
import { endsOf, pinLinesOfSide, pinnedCoresNow, withPlacement } from './pinned-cores.js';

/** `vnetperf -c HOST`: one test. */
export function clientCommand(parsed: ParsedClient): Promise<number> {
  const configuration = { ...parsed.configuration };
  return framed(configuration, parsed, async ({ output, reporter, signal }) => {
    const pin = await pinnedCoresNow(parsed.own.pin, endsOf(configuration.settings));
    if (pin.why !== undefined) configuration.cores = pin.client;
    if (configuration.output.mode === 'text') for (const line of pinLinesOfSide('client', pin)) output.out(line);
    checkCores(configuration.cores, allowedCores());
    if (configuration.credentials !== undefined && configuration.credentials.password === undefined) {
      configuration.credentials.password = await askPassword();
    }
    try {
      await runClient(configuration, { onEvent: (event) => reporter.handle(withPlacement(event, pin)), signal });
      return 0;
    } catch (error) {
      return exitStatus(error);
    }
  });
}
