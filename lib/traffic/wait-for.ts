import type { NativeSocket } from '../platform/native.js';

/** Whether the socket became ready within the time. The wait that lost goes on unheard until the socket is closed. */
export async function waitFor(
  socket: NativeSocket,
  event: 'readable' | 'writable',
  timeoutMs: number,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const waiting = socket.wait(event).then(() => true);
  waiting.catch(() => {});
  try {
    return await Promise.race([
      waiting,
      new Promise<boolean>((resolve) => {
        timer = setTimeout(() => resolve(false), timeoutMs);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
