import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { openEndpoint } from '../api/kept-networks.js';
import { VnetperfError } from '../errors.js';
import { locateCommand } from '../platform/run-command.js';

/** What a terminal sends to everybody in its foreground: the command has it already. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const PASSED_ON: readonly NodeJS.Signals[] = [...FROM_TERMINAL, 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];

/**
 * Runs a command at an end of a named network, with the standard streams and the signals of this process. Throws
 * VnetperfError ERR_NO_LAB, ERR_NO_ENDPOINT, ERR_COMMAND_MISSING.
 * @returns its exit status; 128 + the signal's number when a signal ended it.
 */
export async function execAtEndpoint(
  lab: string,
  endpoint: string,
  program: string,
  words: readonly string[],
): Promise<number> {
  const { fd } = await openEndpoint(lab, endpoint);
  const path = locateCommand(program);
  if (path === undefined) {
    throw new VnetperfError(`${program} is not on this machine`, {
      code: 'ERR_COMMAND_MISSING',
      remedy: 'Programs are those of this machine, whichever end they run at: install it here.',
    });
  }
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  let child: ChildProcess | undefined;
  const passOn = (signal: NodeJS.Signals) => {
    if (!(terminal && FROM_TERMINAL.includes(signal))) child?.kill(signal);
  };
  // Before the command is there: who sees its first word may send a signal at once, and that would end this process.
  for (const signal of PASSED_ON) process.on(signal, passOn);
  try {
    return await new Promise<number>((resolve, reject) => {
      // Of this process's group: the terminal's foreground is the command's too.
      child = spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', '--net=/proc/self/fd/3', path, ...words], {
        stdio: ['inherit', 'inherit', 'inherit', fd],
      });
      child.on('error', reject);
      child.on('exit', (status, signal) => resolve(status ?? 128 + constants.signals[signal!]));
    });
  } finally {
    for (const signal of PASSED_ON) process.off(signal, passOn);
  }
}
