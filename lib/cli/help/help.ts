import { helpOn } from './help-text.js';

/**
 * `vnetperf help [COMMAND | all | exit-codes]`
 * @returns the exit status.
 */
export async function helpCommandLine(argv: readonly string[]): Promise<number> {
  // Of `vnetperf help --help`, too, somebody wants help.
  process.stdout.write(`${helpOn(argv.filter((word) => !word.startsWith('-')))}\n`);
  return 0;
}
