import type { TestSettings } from '../../configuration/settings.js';
import { countsEachPacket } from '../../topology/hosts/link-rate.js';
import type { LinkDirection, LinkMeasurement, PacketOnLine } from '../link-measurement.js';
import type { DirectionMeasurement, Measurement, StreamMeasurement } from '../measurement.js';
import { hostCosts } from './host-costs.js';
import type { LinkSurroundings } from './link-watch.js';
import { lostOffloads } from './lost-offloads.js';
import { packetOnLine, payloadRate } from './packet-on-line.js';

const GIGABYTE = 1e9;
/** Less says more about how a test begins and ends than about its packets. */
const LEAST_BYTES = 1e6;

/** What a test sent, as far as it matters to a link. */
interface TestOverLink extends Pick<TestSettings, 'protocol' | 'mptcp' | 'omitSeconds'> {
  /** UDP: of a datagram; 0 = not known. */
  lengthBytes: number;
  /** The streams' bytes are of the measured time: another program does not tell those of the omit period. */
  omitsBytes?: boolean | undefined;
}

/** The link's part in a test: what it can carry of such packets, how near that came, and what it cost. */
export function linkMeasurementOf(
  link: LinkSurroundings,
  measured: Pick<Measurement, 'durationSeconds' | 'directions' | 'streams' | 'cores' | 'carriers'>,
  settings: TestOverLink,
): LinkMeasurement {
  const { rateBitsPerSecond, mtuBytes, delayMs = 0, lossPercent = 0, underlayFamily, headers } = link.planned;
  const packet = packetOf(link, settings, measured.streams);
  const carries =
    rateBitsPerSecond === undefined || packet === undefined ? undefined : payloadRate(rateBitsPerSecond, packet);
  return {
    ...(rateBitsPerSecond === undefined ? {} : { rateBitsPerSecond }),
    mtuBytes,
    ...(delayMs > 0 ? { delayMs } : {}),
    ...(lossPercent > 0 ? { lossPercent } : {}),
    underlayFamily,
    headers: [...headers],
    ...(packet === undefined ? {} : { packet }),
    ...(carries === undefined ? {} : { carriesBitsPerSecond: carries }),
    directions: measured.directions.map((direction) =>
      linkDirection(direction, link, { ...measured, settings, packet, carries }),
    ),
    ...lostOffloads(
      link.hops,
      link.planned,
      measured.directions.map(({ from }) => from),
    ),
    packetsTakenApart: rateBitsPerSecond !== undefined && countsEachPacket(link.planned),
    ...hostCosts(measured, settings.omitSeconds, link.hostCores),
  };
}

function packetOf(
  { planned, mtuBytes, family }: LinkSurroundings,
  { protocol, mptcp, lengthBytes }: TestOverLink,
  streams: readonly StreamMeasurement[],
): PacketOnLine | undefined {
  if (protocol === 'sctp' || mptcp || (protocol === 'udp' && lengthBytes === 0)) return undefined;
  const sizes = streams.flatMap(({ role, mssBytes = 0 }) => (role === 'sender' && mssBytes > 0 ? [mssBytes] : []));
  const mssBytes = sizes.length === 0 ? undefined : Math.min(...sizes);
  return packetOnLine(planned, { protocol, family, mtuBytes, lengthBytes, mssBytes });
}

interface DirectionFigures {
  streams: readonly StreamMeasurement[];
  settings: TestOverLink;
  packet: PacketOnLine | undefined;
  carries: number | undefined;
}

function linkDirection(
  { from, bitsPerSecond, lost = 0 }: DirectionMeasurement,
  { sent }: LinkSurroundings,
  { streams, settings, packet, carries }: DirectionFigures,
): LinkDirection {
  const { packets, bytes } = sent[from === 'client' ? 0 : 1];
  const { protocol, omitSeconds, omitsBytes = false } = settings;
  const payloadBytes = streams.reduce(
    (sum, stream) => (stream.role === 'sender' && stream.end === from ? sum + stream.bytes : sum),
    0,
  );
  // The counters are of the whole run.
  const isComparable = payloadBytes >= LEAST_BYTES && !(omitsBytes && omitSeconds > 0);
  return {
    from,
    ...(carries === undefined ? {} : { reachedPercent: (100 * bitsPerSecond) / carries }),
    packets,
    bytes,
    // What was lost may not have come as far as the card.
    ...(isComparable && lost === 0 ? { packetsPerGigabyte: (packets * GIGABYTE) / payloadBytes } : {}),
    ...(packets === 0 ? {} : { meanPacketBytes: bytes / packets }),
    ...(packets === 0 || packet === undefined || protocol !== 'tcp' || !isComparable
      ? {}
      : { segmentsPerPacket: payloadBytes / packet.payloadBytes / packets }),
  };
}
