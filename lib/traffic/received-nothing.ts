import type { EndRecord, StreamEnd } from './events.js';

/** Whether a direction of a test that ended well received nothing at all. */
export function receivedNothing({ streams, incomplete }: EndRecord): boolean {
  if (incomplete) return false;
  return [true, false].some((sender) => {
    const direction = streams.filter(({ stream }) => stream.sender === sender);
    return direction.length > 0 && direction.every((stream) => receivedBytes(stream) === 0);
  });
}

function receivedBytes({ stream, local, remote }: StreamEnd): number | undefined {
  return stream.sender ? remote?.bytes : local.bytes;
}
