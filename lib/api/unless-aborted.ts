import { interruptionOf } from '../errors.js';

/**
 * What `work` comes to, unless the signal comes first: it is then waited for no more, and what comes of it is let go of.
 * @param sentence Of the error then: `the search for a network was interrupted`.
 */
export async function unlessAborted<Value>(
  work: () => Promise<Value>,
  signal: AbortSignal | undefined,
  sentence: string,
  letGo: (value: Value) => Promise<void> | void = () => {},
): Promise<Value> {
  if (signal === undefined) return await work();
  if (signal.aborted) throw interruptionOf(sentence, signal.reason);
  return await new Promise((resolve, reject) => {
    const working = work();
    const onAbort = () => {
      reject(interruptionOf(sentence, signal.reason));
      working.then(letGo).catch(() => {});
    };
    signal.addEventListener('abort', onAbort, { once: true });
    working.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
