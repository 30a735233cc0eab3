import type { DirectionMeasurement, StreamMeasurement } from '../measurement.js';

/** UDP: packets on the path, as both ends of a direction counted them; absent where a stream does not tell. */
export function directionPackets(
  from: 'client' | 'server',
  streams: readonly StreamMeasurement[],
): Pick<DirectionMeasurement, 'packetsSent' | 'packetsReceived'> {
  const sent = packetsOf(streams.filter(({ role, end }) => role === 'sender' && end === from));
  const received = packetsOf(streams.filter(({ role, end }) => role === 'receiver' && end !== from));
  return {
    ...(sent === undefined ? {} : { packetsSent: sent }),
    ...(received === undefined ? {} : { packetsReceived: received }),
  };
}

/** Bytes cannot come without a packet, so none at all means that they were not counted. */
function packetsOf(streams: readonly StreamMeasurement[]): number | undefined {
  const known = streams.flatMap(({ packets }) => packets ?? []);
  const sum = known.reduce((total, packets) => total + packets, 0);
  return known.length < streams.length || sum === 0 ? undefined : sum;
}
