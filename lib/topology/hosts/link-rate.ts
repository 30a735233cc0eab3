import { diesWithNamespace, type LinkEnd, type Step } from '../plan.js';

/** Beside a frame's own bytes: preamble and start 8, check sequence 4, gap 12 (IEEE 802.3). */
export const ETHERNET_LINE_BYTES = 24;
export const ETHERNET_HEADER_BYTES = 14;
/** IEEE 802.3: a shorter frame is filled up; its check sequence is among the 24. */
export const LEAST_FRAME_BYTES = 60;

/**
 * Up to here every packet leaves by a timer of its own and is counted with its 24 bytes. A timer a packet cannot be had
 * much beyond 200,000 a second; above, a packet of many segments (GSO) passes as one.
 */
const PACKETWISE_LIMIT_BITS_PER_SECOND = 1e9;
/**
 * What a late timer may send at once. A core that has something else to do for a turn of the scheduler would else take
 * from the rate, as no card does; of a test of two seconds it is a fifth of a percent.
 */
const BURST_SECONDS = 0.004;
/** As many full packets as an Ethernet device's queue holds by default (txqueuelen). */
export const QUEUE_PACKETS = 1000;
/**
 * There a packet of many segments counts as one, and a sender waits until its own have left (TCP small queues): little
 * is lost in front of a card. Here each segment counts: as long a queue as 32 connections of one host never fill.
 */
const QUEUE_SECONDS = 0.04;
/** No packet waits for it. */
const BEYOND_EVERY_RATE = '1tbit';

export interface LinkShape {
  rateBitsPerSecond?: number | undefined;
  mtuBytes: number;
  delayMs?: number | undefined;
  lossPercent?: number | undefined;
}

/** Whether each packet is counted with what Ethernet adds to it, or only full ones. */
export function countsEachPacket({ rateBitsPerSecond = 0 }: LinkShape): boolean {
  return rateBitsPerSecond <= PACKETWISE_LIMIT_BITS_PER_SECOND;
}

/** Makes one end of the link send as its shape says; nothing where the shape says nothing. */
export function linkRateSteps(end: LinkEnd, shape: LinkShape): Step[] {
  const { rateBitsPerSecond, delayMs = 0, lossPercent = 0 } = shape;
  const buckets = rateBitsPerSecond === undefined ? [] : tokenBuckets(rateBitsPerSecond, shape);
  const impaired = delayMs > 0 || lossPercent > 0;
  return [
    ...buckets.map((words, index) => qdisc(end, ...placeOf(index), 'handle', `${index + 1}:`, 'tbf', ...words)),
    ...(impaired ? [netemStep(end, placeOf(buckets.length), shape)] : []),
  ];
}

/** Of a queueing discipline on the device: each is the only child of the one before. */
function placeOf(index: number): string[] {
  return index === 0 ? ['root'] : ['parent', `${index}:1`];
}

/**
 * A packet of many segments counts its 24 bytes once, and would make the link 1.6 % faster than it is. A bucket too
 * small for such a packet makes the kernel take it apart (tbf_segment): that is all the first one does, and the second
 * one has the rate. A single bucket can do both by its `peakrate`, but then after each late timer every packet that is
 * due waits for another. What is left of the error: segments that fit into one frame all together, as the small
 * datagrams of UDP_SEGMENT do, are not taken apart.
 * Where all that is too slow the rate itself is lowered by what a full frame's 24 bytes take of it.
 */
function tokenBuckets(rateBitsPerSecond: number, shape: LinkShape): string[][] {
  const frameBytes = shape.mtuBytes + ETHERNET_HEADER_BYTES;
  const lineBytes = frameBytes + ETHERNET_LINE_BYTES;
  const inSeconds = (seconds: number) => Math.ceil((rateBitsPerSecond / 8) * seconds);
  const burstBytes = Math.max(inSeconds(BURST_SECONDS), 2 * lineBytes);
  const limit = ['limit', `${Math.max(QUEUE_PACKETS * lineBytes, inSeconds(QUEUE_SECONDS))}`];
  if (!countsEachPacket(shape)) {
    const ofFrames = Math.round((rateBitsPerSecond * frameBytes) / lineBytes);
    // A packet of 64 KiB that does not fit into the bucket would be taken apart.
    return [['rate', `${ofFrames}bit`, 'burst', `${Math.max(burstBytes, 262_144)}`, ...limit]];
  }
  const counted = ['overhead', `${ETHERNET_LINE_BYTES}`, 'mpu', `${LEAST_FRAME_BYTES + ETHERNET_LINE_BYTES}`];
  return [
    ['rate', BEYOND_EVERY_RATE, 'burst', `${frameBytes}`, ...limit],
    ['rate', `${rateBitsPerSecond}bit`, 'burst', `${burstBytes}`, ...limit, ...counted],
  ];
}

function qdisc({ namespace, interface: device }: LinkEnd, ...words: string[]): Step & { type?: undefined } {
  return { namespace, command: ['tc', 'qdisc', 'add', 'dev', device, ...words], undo: diesWithNamespace };
}

function netemStep(
  end: LinkEnd,
  where: readonly string[],
  { delayMs = 0, lossPercent = 0, ...shape }: LinkShape,
): Step {
  // What is under way counts as queued: as many packets as the delay holds, and the queue of the link besides.
  const underWay = ((shape.rateBitsPerSecond ?? 1e11) / 8 / shape.mtuBytes) * (delayMs / 1000);
  const asked = [...(delayMs > 0 ? ['--link-delay'] : []), ...(lossPercent > 0 ? ['--link-loss'] : [])];
  return {
    ...qdisc(
      end,
      ...where,
      ...['netem', 'limit', `${QUEUE_PACKETS + Math.ceil(underWay)}`],
      ...(delayMs > 0 ? ['delay', `${delayMs}ms`] : []),
      ...(lossPercent > 0 ? ['loss', `${lossPercent}%`] : []),
    ),
    meaning: {
      code: 'ERR_KERNEL_MODULE',
      message: `${asked.join(' and ')} ${asked.length > 1 ? 'need' : 'needs'} the kernel module sch_netem, which this kernel does not have loaded`,
      remedy: 'Load it with: modprobe sch_netem; where there is none, the kernel was built without it.',
    },
  };
}
