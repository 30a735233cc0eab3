import { spawn } from 'node:child_process';
import { openEndpoint } from '../api/kept-networks.js';
import { VnetperfError } from '../errors.js';
import { locateCommand } from '../platform/run-command.js';
import { runInPlace } from './child-in-place.js';

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
  const commandHasIt = (signal: NodeJS.Signals) => terminal && FROM_TERMINAL.includes(signal);
  // Of this process's group: the terminal's foreground is the command's too.
  const start = () =>
    spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', '--net=/proc/self/fd/3', path, ...words], {
      stdio: ['inherit', 'inherit', 'inherit', fd],
    });
  return await runInPlace(
    start,
    PASSED_ON.map((signal) => [signal, (child) => commandHasIt(signal) || child.kill(signal)]),
  );
}
