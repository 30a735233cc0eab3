import type { EndCost, Measurement, StreamMeasurement } from '../measurement.js';

const GIGABYTE = 1e9;
/** Less says more about how a test begins than about how it moves bytes. */
const LEAST_BYTES = 1e6;

/** What moving the bytes cost each end, as far as its streams tell. undefined where neither tells anything. */
export function endCosts(streams: readonly StreamMeasurement[]): Measurement['costs'] {
  const client = costOf(streams.filter(({ end }) => end === 'client'));
  const server = costOf(streams.filter(({ end }) => end === 'server'));
  if (client === undefined && server === undefined) return undefined;
  return { ...(client === undefined ? {} : { client }), ...(server === undefined ? {} : { server }) };
}

function costOf(streams: readonly StreamMeasurement[]): EndCost | undefined {
  const bytes = streams.reduce((sum, stream) => sum + stream.bytes, 0);
  const calls = sumOfKnown(streams.map((stream) => stream.calls));
  const user = sumOfKnown(streams.map(({ cpu }) => cpu?.userSeconds));
  const system = sumOfKnown(streams.map(({ cpu }) => cpu?.systemSeconds));
  return costOfEnd({ bytes, calls, user, system });
}

/** Bytes cannot move without a call, so none at all means that they were not counted. */
export function costOfEnd({
  bytes,
  calls = 0,
  user,
  system,
}: {
  bytes: number;
  calls?: number | undefined;
  user: number | undefined;
  system: number | undefined;
}): EndCost | undefined {
  if (bytes < LEAST_BYTES) return undefined;
  const gigabytes = bytes / GIGABYTE;
  const cost: EndCost = {
    ...(calls > 0 ? { systemCallsPerGigabyte: calls / gigabytes, bytesPerCall: bytes / calls } : {}),
    ...(user === undefined || system === undefined
      ? {}
      : {
          cpuSecondsPerGigabyte: (user + system) / gigabytes,
          ...(user + system > 0 ? { userPercent: (100 * user) / (user + system) } : {}),
        }),
  };
  return Object.keys(cost).length === 0 ? undefined : cost;
}

function sumOfKnown(figures: readonly (number | undefined)[]): number | undefined {
  return figures.reduce<number | undefined>(
    (sum, figure) => (sum === undefined || figure === undefined ? undefined : sum + figure),
    0,
  );
}
