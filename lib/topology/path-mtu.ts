import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeAddon, NativeSocket } from '../platform/native.js';
import { bindingOf, type ProbePath, ProbeSockets, targetOf } from './probe-sockets.js';

/** What crosses one direction in one piece. */
export interface PathMtu {
  /** The largest packet that arrived whole; 0: none did. */
  bytes: number;
  /** The sender's own kernel refused what is larger (EMSGSIZE): it knows, and TCP keeps to it. */
  senderKnows: boolean;
}

const IPV4_AND_UDP_HEADER_BYTES = 28;
const IPV6_AND_UDP_HEADER_BYTES = 48;
/** IPv4's total length and UDP's length are 16-bit fields, whatever the device would take. */
const LARGEST_PACKET_BYTES = 65_535;

/** The path itself takes microseconds; a userspace switch or a busy machine takes milliseconds. */
const FIRST_WAIT_MS = 300;
const ROUND_WAIT_MS = 120;
const RESEND_MS = 40;
const GLANCE_MS = 2;
/** Sizes tried at once: 65,535 bytes are narrowed down to one in five rounds. */
const SIZES_A_ROUND = 16;
const MOST_ROUNDS = 6;

/**
 * Finds the largest packet up to `upToBytes` that crosses with fragmentation forbidden. One datagram and no waiting
 * where that size crosses; else a search, all sizes of a round at once, that takes less than a second and a half and
 * sends less than 400 datagrams.
 */
export async function discoverPathMtu(native: NativeAddon, path: ProbePath, upToBytes: number): Promise<PathMtu> {
  const headerBytes = path.family === 4 ? IPV4_AND_UDP_HEADER_BYTES : IPV6_AND_UDP_HEADER_BYTES;
  const wanted = Math.min(upToBytes, LARGEST_PACKET_BYTES);
  const sockets = new ProbeSockets(native);
  try {
    const receiver = sockets.open(path.to, {
      protocol: 'udp',
      family: path.family,
      bind: bindingOf(path),
      options: { v6Only: path.family === 6, minimumReceiveBufferBytes: 4 * SIZES_A_ROUND * LARGEST_PACKET_BYTES },
    });
    const sender = sockets.open(path.from, {
      protocol: 'udp',
      family: path.family,
      connect: targetOf(path, receiver),
      options: { dontFragment: true, sendBufferBytes: 4 * LARGEST_PACKET_BYTES },
    });
    const trial = new Trial(sender, receiver, headerBytes);
    await trial.send([wanted], FIRST_WAIT_MS);
    let tooLarge = wanted;
    for (let round = 0; round < MOST_ROUNDS && trial.largest < wanted && tooLarge - trial.largest > 1; round++) {
      const sizes = between(Math.max(trial.largest, headerBytes - 1), tooLarge);
      // What was asked for goes along each time: what was merely late is not too large.
      await trial.send([...sizes, wanted], ROUND_WAIT_MS);
      tooLarge = sizes.find((size) => size > trial.largest) ?? tooLarge;
    }
    return { bytes: trial.largest, senderKnows: trial.refused };
  } finally {
    sockets.close();
  }
}

/** Up to SIZES_A_ROUND sizes, evenly above the one and below the other. */
function between(low: number, high: number): number[] {
  const step = (high - low) / (SIZES_A_ROUND + 1);
  const sizes = Array.from({ length: SIZES_A_ROUND }, (_, index) => Math.floor(low + (index + 1) * step));
  return [...new Set(sizes)].filter((size) => size > low && size < high);
}

/** Datagrams tell by their length which of them arrived. */
class Trial {
  readonly #sender: NativeSocket;
  readonly #receiver: NativeSocket;
  readonly #headerBytes: number;
  readonly #payload = new Uint8Array(LARGEST_PACKET_BYTES);
  largest = 0;
  refused = false;

  constructor(sender: NativeSocket, receiver: NativeSocket, headerBytes: number) {
    this.#sender = sender;
    this.#receiver = receiver;
    this.#headerBytes = headerBytes;
  }

  /** Returns when the largest of these has arrived, or the time is over. */
  async send(sizes: readonly number[], waitMs: number): Promise<void> {
    const start = performance.now();
    const largest = Math.max(...sizes);
    let sent = Number.NEGATIVE_INFINITY;
    for (;;) {
      const now = performance.now();
      if (now - sent >= RESEND_MS) {
        for (const size of sizes) if (size > this.largest) this.#write(size);
        sent = now;
      }
      this.#read();
      if (this.largest >= largest || now - start >= waitMs) return;
      // Not one size of these is on its way.
      if (this.refused && sizes.length === 1) return;
      await sleep(now === start ? 0 : GLANCE_MS);
    }
  }

  #write(size: number): void {
    try {
      this.#sender.write(this.#payload.subarray(0, size - this.#headerBytes));
    } catch (error) {
      // Anything else, an answer by ICMP for one, belongs to an earlier datagram: this one is sent again.
      if ((error as { code?: string }).code === 'EMSGSIZE') this.refused = true;
    }
  }

  #read(): void {
    for (;;) {
      const datagram = this.#receiver.receiveFrom(LARGEST_PACKET_BYTES, false);
      if (datagram === null) return;
      this.largest = Math.max(this.largest, datagram.data.length + this.#headerBytes);
    }
  }
}
