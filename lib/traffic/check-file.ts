import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { dirname } from 'node:path';
import type { ClientConfiguration } from '../configuration/configuration.js';
import { iperf3Error } from '../iperf3-errors.js';
import { errnoOf } from '../strerror.js';

/**
 * Whether -F can be read, or written to, before a server is troubled with the test. The file is not opened yet: a
 * receiver's would lose what is in it.
 * @throws VnetperfError 14
 */
export function checkFile({ filePath, settings }: ClientConfiguration): void {
  if (filePath === undefined) return;
  try {
    if (settings.direction !== 'reverse') accessSync(filePath, constants.R_OK);
    if (settings.direction !== 'forward') {
      accessSync(existsSync(filePath) ? filePath : dirname(filePath), constants.W_OK);
    }
  } catch (cause) {
    throw iperf3Error(14, {
      errno: errnoOf(cause),
      cause,
      remedy: `Give -F a file that can be ${settings.direction === 'reverse' ? 'written' : 'read'}: ${filePath} cannot.`,
    });
  }
  if (existsSync(filePath) && statSync(filePath).isDirectory()) {
    throw iperf3Error(14, {
      errno: osConstants.errno.EISDIR,
      remedy: `Give -F a file: ${filePath} is a directory.`,
    });
  }
}
