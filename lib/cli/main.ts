#!/usr/bin/env node
import { VnetperfError } from '../errors.js';
import { errorLines } from './error-lines.js';
import { whenReaderGone } from './reader-gone.js';
import { formatUsageError, UsageError } from './usage-error.js';

/** @returns the exit status, one of those in help/exit-codes.ts. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    // Each command is loaded when asked for: a start pays for what it uses. The version alone needs no tables of options.
    if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) return await printVersion();
    if (argv[0] === 'topology') return await (await import('./topology.js')).topologyCommandLine(argv.slice(1));
    if (argv[0] === 'doctor') return await (await import('./doctor.js')).doctorCommandLine(argv.slice(1));
    if (argv[0] === 'cpus') return await (await import('./cpus.js')).cpusCommandLine(argv.slice(1));
    if (argv[0] === 'compare') return await (await import('./compare.js')).compareCommandLine(argv.slice(1));
    if (argv[0] === 'report') return await (await import('./report.js')).reportCommandLine(argv.slice(1));
    if (argv[0] === 'help') return await (await import('./help/help.js')).helpCommandLine(argv.slice(1));
    if (argv[0] === 'completion')
      return await (await import('./completion/completion.js')).completionCommandLine(argv.slice(1));
    const command = (await import('./parse-options.js')).parseOptions(argv);
    switch (command.kind) {
      case 'help':
        process.stdout.write(
          `${(await import('./help/help-text.js')).helpOn(command.command === 'iperf3' ? [] : [command.command])}\n`,
        );
        return 0;
      case 'version':
        return await printVersion();
      case 'client':
        return await (await import('./client.js')).clientCommand(command);
      case 'server':
        return await (await import('./server.js')).serverCommand(command, argv);
      case 'run':
        return await (await import('./run.js')).runCommandLine(command, argv);
      case 'between':
        return await (await import('./between.js')).betweenCommandLine(command);
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

async function printVersion(): Promise<number> {
  process.stdout.write(`${(await import('./version.js')).version()}\n`);
  return 0;
}

let noReader: number | undefined;
whenReaderGone((status) => {
  noReader = status;
  process.exitCode = status;
});

// Set, not exited with: what was written to a pipe may still be on its way.
main(process.argv.slice(2)).then((status) => {
  process.exitCode = noReader ?? status;
});
