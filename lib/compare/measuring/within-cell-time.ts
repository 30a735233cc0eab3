import type { TestSettings } from '../../configuration/settings.js';
import { TestError, type VnetperfError } from '../../errors.js';

/** What setting up a test, and its end, may take beside the test itself: their own deadlines are within this. */
const BESIDE_THE_TEST_SECONDS = 60;
/** Of a test that ends by an amount, whose time nobody knows. */
const LONGEST_AMOUNT_SECONDS = 600;

/**
 * Runs the body with a signal that also comes when a test of these settings must be over. What the body then rejects
 * with is its own, and the reason of that signal is the VnetperfError ERR_CELL_TIMEOUT.
 */
export async function withinCellTime<T>(
  { omitSeconds, durationSeconds }: Pick<TestSettings, 'omitSeconds' | 'durationSeconds'>,
  signal: AbortSignal,
  body: (bounded: AbortSignal) => Promise<T>,
  besideTheTestSeconds = BESIDE_THE_TEST_SECONDS,
): Promise<T> {
  const nominal = durationSeconds > 0 ? durationSeconds : LONGEST_AMOUNT_SECONDS;
  const seconds = omitSeconds + nominal + besideTheTestSeconds;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(tooLong(seconds)), seconds * 1000);
  try {
    return await body(AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}

function tooLong(seconds: number): VnetperfError {
  return new TestError(`the test was not over after ${seconds} s, and was ended`, {
    code: 'ERR_CELL_TIMEOUT',
    remedy: 'See whether the same test ends when run by hand.',
  });
}
