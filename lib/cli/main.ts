#!/usr/bin/env node
import { VnetperfError } from '../errors.js';
import { systemInfo } from '../platform/system-info.js';
import { betweenCommandLine } from './between.js';
import { clientCommand } from './client.js';
import { errorLines } from './command-frame.js';
import { doctorCommandLine } from './doctor.js';
import { helpText } from './help.js';
import { parseOptions } from './parse-options.js';
import { runCommandLine } from './run.js';
import { serverCommand } from './server.js';
import { topologyCommandLine } from './topology.js';
import { formatUsageError, UsageError } from './usage-error.js';
import { versionText } from './version.js';

/** @returns the exit status: 0 for a test that completed or was interrupted, 1 for everything else. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    if (argv[0] === 'topology') return await topologyCommandLine(argv.slice(1));
    if (argv[0] === 'doctor') return await doctorCommandLine(argv.slice(1));
    // Loaded when asked for: a run that needs none of it would start half as slowly again.
    if (argv[0] === 'cpus') return await (await import('./cpus.js')).cpusCommandLine(argv.slice(1));
    if (argv[0] === 'compare') return await (await import('./compare.js')).compareCommandLine(argv.slice(1));
    if (argv[0] === 'report') return await (await import('./report.js')).reportCommandLine(argv.slice(1));
    const command = parseOptions(argv);
    switch (command.kind) {
      case 'help':
        process.stdout.write(`${helpText(command.command).trimEnd()}\n`);
        return 0;
      case 'version':
        process.stdout.write(`${versionText(systemInfo()).trimEnd()}\n`);
        return 0;
      case 'client':
        return await clientCommand(command);
      case 'server':
        return await serverCommand(command, argv);
      case 'run':
        return await runCommandLine(command, argv);
      case 'between':
        return await betweenCommandLine(command);
    }
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${formatUsageError(error)}\n`);
      return 1;
    }
    if (!(error instanceof VnetperfError)) throw error;
    process.stderr.write(`${errorLines(error).join('\n')}\n`);
    return 1;
  }
}

// Set, not exited with: what was written to a pipe may still be on its way.
main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
