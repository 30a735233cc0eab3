import type { EndRecord, SessionEvent } from './events.js';
import type { PingPong } from './ping-pong.js';
import type { SessionOptions } from './session.js';

/**
 * Runs a client, and round trips beside it where there is a ping-pong. The client's final record has them, so it and
 * what follows it are told when the last answers have come: microseconds later, or a second where some are lost.
 */
export async function besideRoundTrips(
  pingPong: PingPong | undefined,
  onEvent: (event: SessionEvent) => void,
  run: (hooks: Pick<SessionOptions, 'onEvent' | 'onTraffic'>) => Promise<EndRecord>,
): Promise<EndRecord> {
  if (pingPong === undefined) return await run({ onEvent });
  const held: SessionEvent[] = [];
  let measured: EndRecord | undefined;
  try {
    await run({
      onTraffic: (state) => (state === 'measured' ? pingPong.loadBegins() : pingPong.loadEnds()),
      onEvent: (event) => {
        if (held.length > 0 || event.type === 'end') held.push(event);
        else onEvent(event);
      },
    });
  } finally {
    const latency = await pingPong.measurement();
    for (const event of held) {
      if (event.type !== 'end') {
        onEvent(event);
        continue;
      }
      measured = { ...event, facts: { ...event.facts, latency } };
      onEvent(measured);
    }
  }
  // runClient() has told its final record before it gives it back.
  return measured as EndRecord;
}
