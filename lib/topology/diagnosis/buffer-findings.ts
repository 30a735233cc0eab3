import type { Finding } from './finding.js';
import type { IntendedTest } from './intended-test.js';
import type { MachineFacts } from './machine-facts.js';

/** A receiving thread may wait that long for its core; the buffer has to hold what comes meanwhile. */
const LATENCY_SECONDS = 0.001;
/** Of what a datagram of 1448 bytes is charged to the buffer with, its own bytes: 1448 of 2304. */
const PAYLOAD_SHARE = 0.63;
/** What UDP over a virtual path comes to without segmentation offload; less than this is worth a word. */
const NOTEWORTHY_BITS_PER_SECOND = 10e9;
const SUGGESTED_BYTES = 33_554_432;
/** What vnetperf's receivers ask for by themselves, at least. */
const OWN_BYTES = 4 * 1024 * 1024;

/** The rate of datagrams that a receive buffer of this setting (SO_RCVBUF, which the kernel doubles) holds for. */
export function sustainedBitsPerSecond(bufferBytes: number): number {
  return (8 * 2 * bufferBytes * PAYLOAD_SHARE) / LATENCY_SECONDS;
}

export function bufferFindings(
  machine: Pick<MachineFacts, 'receiveBufferMaxBytes' | 'mayExceedBufferMax'>,
  test?: IntendedTest,
): Finding[] {
  const { receiveBufferMaxBytes: maximum, mayExceedBufferMax } = machine;
  if (maximum === undefined) return [];
  const finding = (severity: Finding['severity'], message: string): Finding => ({
    severity,
    code: 'UDP_BUFFER',
    message,
    remedy: `sysctl -w net.core.rmem_max=${SUGGESTED_BYTES}.`,
  });
  const sustained = sustainedBitsPerSecond(maximum);
  if (test === undefined) {
    if (sustained >= NOTEWORTHY_BITS_PER_SECOND) return [];
    return [
      finding(
        'note',
        `net.core.rmem_max is ${maximum}: UDP above about ${gigabits(sustained)} will be dropped by the socket`,
      ),
    ];
  }
  if (test.protocol !== 'udp') return [];
  const asked = test.windowBytes > 0 ? test.windowBytes : OWN_BYTES;
  const granted = test.windowBytes === 0 && mayExceedBufferMax ? asked : Math.min(asked, maximum);
  const held = sustainedBitsPerSecond(granted);
  const wanted = test.rateBitsPerSecond === 0 ? NOTEWORTHY_BITS_PER_SECOND : test.rateBitsPerSecond;
  if (held >= wanted) return [];
  const limit = granted < asked ? `net.core.rmem_max is ${maximum}` : `the receive buffer is ${granted} bytes (-w)`;
  return [
    {
      ...finding(
        'warning',
        `${limit}: UDP above about ${gigabits(held)} a stream will be dropped by the socket, ` +
          (test.rateBitsPerSecond === 0
            ? 'and no rate was set'
            : `and ${gigabits(test.rateBitsPerSecond)} was asked for`),
      ),
      ...(granted < asked ? {} : { remedy: 'Give a larger -w, or none.' }),
    },
  ];
}

function gigabits(bitsPerSecond: number): string {
  return `${(bitsPerSecond / 1e9).toPrecision(2).replace(/\.0$/, '')} Gbit/s`;
}
