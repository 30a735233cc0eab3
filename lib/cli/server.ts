import { checkCores } from '../configuration/cores.js';
import { VnetperfError } from '../errors.js';
import { allowedCores } from '../platform/cores.js';
import { Server } from '../traffic/server.js';
import { errorLines, exitStatus, framed } from './command-frame.js';
import { isDaemonProcess, reportListening, startDaemon } from './daemon.js';
import type { ParsedServer } from './parse-options.js';
import { pinnedCores } from './pinned-cores.js';

/** `vnetperf -s`: serves until it is told to stop; with -1, one test. */
export async function serverCommand(parsed: ParsedServer, argv: readonly string[]): Promise<number> {
  const configuration = { ...parsed.configuration };
  if (parsed.own.pin === 'auto') configuration.cores = pinnedCores('auto').server;
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
    const server = new Server(configuration, {
      signal,
      onEvent: (event) => {
        if (event.type === 'listening') output.reopen();
        reporter.handle(event);
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
