import { runTest } from '../api/run-test.js';
import { checkCores } from '../configuration/cores.js';
import { allowedCores } from '../platform/cores.js';
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
    let told: unknown;
    const test = runTest(configuration, { signal, keepIntervals: false });
    test.on('event', (event) => {
      if (event.type === 'error') told = event.error;
      reporter.handle(withPlacement(event, pin));
    });
    try {
      await test;
      return 0;
    } catch (error) {
      if (error !== told) throw error;
      return exitStatus(error);
    }
  });
}
