import { strftime } from '../strftime.js';

/** iperf3 formats the time into 100 bytes, the last of which ends the string. */
const longestPrefix = 99;

/** What --timestamps puts before a line: local time by the wall clock, in the given strftime format. */
export function timestampPrefix(format: string, now: Date): string {
  return strftime(format, now).slice(0, longestPrefix);
}
