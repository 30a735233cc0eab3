import { checkCores } from '../configuration/cores.js';
import { VnetperfError } from '../errors.js';
import { allowedCores } from '../platform/cores.js';
import { Server } from '../traffic/server.js';
import { errorLines, exitStatus, framed } from './command-frame.js';
import { isDaemonProcess, reportListening, startDaemon } from './daemon.js';
import type { ParsedServer } from './parse-options.js';
import { endsOfServer, pinLinesOfSide, pinnedCoresNow, withPlacement } from './pinned-cores.js';

/** `vnetperf -s`: serves until it is told to stop; with -1, one test. */
export async function serverCommand(parsed: ParsedServer, argv: readonly string[]): Promise<number> {
  const configuration = { ...parsed.configuration };
  if (configuration.daemon && !isDaemonProcess()) {
    try {
      await startDaemon(argv);
      return 0;
    } catch (error) {
      if (!(error instanceof VnetperfError)) throw error;
      process.stderr.write(`${error.code === 'ERR_DAEMON' ? error.message : errorLines(error).join('\n')}\n`);
      return 1;
    }
  }
  return framed(configuration, parsed, async ({ output, reporter, signal }) => {
    const pin = await pinnedCoresNow(parsed.own.pin, endsOfServer());
    if (pin.why !== undefined) configuration.cores = pin.server;
    if (configuration.output.mode === 'text') for (const line of pinLinesOfSide('server', pin)) output.out(line);
    const server = new Server(configuration, {
      signal,
      onEvent: (event) => {
        if (event.type === 'listening') output.reopen();
        reporter.handle(withPlacement(event, pin));
      },
      serverOutput: () => reporter.serverOutput(),
    });
    checkCores(configuration.cores, allowedCores());
    await server.listen();
    reportListening();
    try {
      await server.serve();
      return 0;
    } catch (error) {
      return exitStatus(error);
    }
  });
}
