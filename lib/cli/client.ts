import { checkCores } from '../configuration/cores.js';
import { allowedCores } from '../platform/cores.js';
import { runClient } from '../traffic/client.js';
import { exitStatus, framed } from './command-frame.js';
import type { ParsedClient } from './parse-options.js';
import { askPassword } from './password.js';
import { pinnedCores } from './pinned-cores.js';

/** `vnetperf -c HOST`: one test. */
export function clientCommand(parsed: ParsedClient): Promise<number> {
  const configuration = { ...parsed.configuration };
  if (parsed.own.pin === 'auto') configuration.cores = pinnedCores('auto').client;
  return framed(configuration, parsed, async ({ reporter, signal }) => {
    checkCores(configuration.cores, allowedCores());
    if (configuration.credentials !== undefined && configuration.credentials.password === undefined) {
      configuration.credentials.password = await askPassword();
    }
    try {
      await runClient(configuration, { onEvent: (event) => reporter.handle(event), signal });
      return 0;
    } catch (error) {
      return exitStatus(error);
    }
  });
}
