import type { VnetperfError } from '../errors.js';
import { messagePrefix } from './usage-error.js';

/** How iperf3 begins what it says of an error. */
export const ERROR_BEGINS = `${messagePrefix}: error - `;

/** An error that belongs to no test, in iperf3's shape, and below it what to do. */
export function errorLines(error: VnetperfError, begin = ERROR_BEGINS): string[] {
  const beginning = error.code === 'ERR_ANOTHER_INSTANCE' ? `${messagePrefix}: ` : begin;
  return [`${beginning}${error.message}`, ...(error.remedy === undefined ? [] : [`  ${error.remedy}`])];
}
