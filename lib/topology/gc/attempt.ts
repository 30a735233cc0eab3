import { VnetperfError } from '../../errors.js';
import type { GcReport } from './report.js';

/**
 * Removes one thing and reports it. What somebody else has removed meanwhile is nobody's doing.
 * @param gone What the command says of a thing that is not there.
 */
export async function attempt(
  what: string,
  lab: string,
  remove: () => Promise<unknown>,
  gone: RegExp,
  report: GcReport,
): Promise<void> {
  try {
    await remove();
    report.removed(what);
  } catch (error) {
    if (!(error instanceof VnetperfError)) throw error;
    if (!gone.test(error.message)) report.failed(what, error, lab);
  }
}
