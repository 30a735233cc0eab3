import type { Finding } from '../../topology/diagnosis/finding.js';
import { rateInWords } from '../limits/figures-in-words.js';
import type { LinkMeasurement } from '../link-measurement.js';

/** The rate is right to 1.5 %. */
const MOST_PERCENT = 101.5;
/** Before that what a link lets pass at once counts for too much. A test of two seconds can be a bit shorter. */
const LEAST_SECONDS = 1.95;

/** A link that let more pass than it can carry was not one of that rate: the figure is none of such a link. */
export function linkFindings(link: LinkMeasurement | undefined, durationSeconds: number): Finding[] {
  const { rateBitsPerSecond, carriesBitsPerSecond, packetsTakenApart, directions = [] } = link ?? {};
  if (rateBitsPerSecond === undefined || carriesBitsPerSecond === undefined) return [];
  const most = Math.max(0, ...directions.map(({ reachedPercent = 0 }) => reachedPercent));
  if (durationSeconds < LEAST_SECONDS || most <= MOST_PERCENT) return [];
  return [
    {
      severity: 'warning',
      code: 'LINK_BEYOND_RATE',
      message:
        `the link let more through than its rate: ${most.toFixed(1)} % of the ${rateInWords(carriesBitsPerSecond)} ` +
        `that ${rateInWords(rateBitsPerSecond)} carries`,
      // "net: account for encap headers in qdisc pkt len", Linux 6.17.
      ...(packetsTakenApart
        ? {}
        : {
            remedy:
              'Kernels before 6.17 count too few bytes of packets of many segments in a tunnel: use a later one, or ' +
              '--link-rate 1gbit or less, where each is counted by itself.',
          }),
    },
  ];
}
