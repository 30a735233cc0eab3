import { startServer } from '../api/start-server.js';
import { VnetperfError } from '../errors.js';
import { ServerReports } from '../report/server-reports.js';
import { exitStatus, framed } from './command-frame.js';
import { isDaemonProcess, reportListening, startDaemon } from './daemon.js';
import { errorLines } from './error-lines.js';
import { ServerMetrics } from './outcome/server-metrics.js';
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
  return framed(configuration, parsed, async ({ output, reporter, details, signal }) => {
    const pin = await pinnedCoresNow(parsed.own.pin, endsOfServer());
    if (pin.why !== undefined) configuration.cores = pin.server;
    if (configuration.output.mode === 'text') for (const line of pinLinesOfSide('server', pin)) output.out(line);
    const several = configuration.maxClients > 1;
    const reports = several ? new ServerReports(reporter, configuration.output, output, details) : undefined;
    const metrics = new ServerMetrics(parsed, output.warn);
    let logIsLost = false;
    /** Once it serves, a log that cannot be had any more is no reason to end: its lines go where there is no log. */
    const reopenLog = () => {
      try {
        output.reopen();
        logIsLost = false;
      } catch (error) {
        if (!logIsLost) output.warn(`warning: ${(error as Error).message} (reports go to standard output)`);
        logIsLost = true;
      }
    };
    const server = await startServer(configuration, {
      signal,
      serverOutput: (testNumber) => (reports ?? reporter).serverOutput(testNumber),
    });
    server.on('event', ({ event, testNumber }) => {
      if (event.type === (several ? 'connect' : 'listening')) reopenLog();
      const told = withPlacement(event, pin);
      if (reports === undefined) reporter.handle(told);
      else reports.handle(told, testNumber);
      metrics.handle(told, testNumber);
    });
    reportListening();
    try {
      await server.closed;
      return 0;
    } catch (error) {
      return exitStatus(error);
    }
  });
}
