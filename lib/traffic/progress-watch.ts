import { constants } from 'node:os';
import type { Direction } from '../configuration/settings.js';
import type { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';

interface Traffic {
  progress(): { sentBytes: number; receivedBytes: number };
  unacknowledged(): { bytes: number };
}

/**
 * Fails a test that stands still: nothing received for too long (--rcv-timeout), or for as long nothing taken of what
 * this side has sent. A sender that has nothing under way is only paced, and may rest as long as it likes.
 */
export class ProgressWatch {
  readonly #traffic: Traffic;
  readonly #timeoutMs: number;
  readonly #onStall: (error: VnetperfError) => void;
  readonly #receiving: Standstill | undefined;
  readonly #sending: Standstill | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param directions which of the two this side does. */
  constructor(
    traffic: Traffic,
    directions: { receiving: boolean; sending: boolean },
    timeoutMs: number,
    onStall: (error: VnetperfError) => void,
  ) {
    this.#traffic = traffic;
    this.#timeoutMs = timeoutMs;
    this.#onStall = onStall;
    if (directions.receiving) this.#receiving = new Standstill();
    if (directions.sending) this.#sending = new Standstill();
  }

  start(): void {
    this.#receiving?.moved();
    this.#sending?.moved();
    this.#timer = setInterval(() => this.#look(), Math.min(1000, Math.max(20, this.#timeoutMs / 4)));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { sentBytes, receivedBytes } = this.#traffic.progress();
    const receiving = this.#receiving?.lastsMs(receivedBytes) ?? 0;
    const waiting = this.#sending === undefined ? 0 : this.#traffic.unacknowledged().bytes;
    if (waiting === 0) this.#sending?.moved();
    const sending = this.#sending?.lastsMs(sentBytes - waiting) ?? 0;
    if (Math.max(receiving, sending) < this.#timeoutMs) return;
    this.stop();
    this.#onStall(receiving >= this.#timeoutMs ? nothingReceived(receiving) : nothingTaken(sending));
  }
}

/** How long a count has not changed. */
class Standstill {
  #count = 0;
  #sinceMs = 0;

  moved(): void {
    this.#sinceMs = performance.now();
  }

  lastsMs(count: number): number {
    if (count !== this.#count) this.moved();
    this.#count = count;
    return performance.now() - this.#sinceMs;
  }
}

/** What a side does in a test of that direction. */
export function directionsOf(
  role: 'client' | 'server',
  direction: Direction,
): { receiving: boolean; sending: boolean } {
  const away = role === 'client' ? 'forward' : 'reverse';
  return { receiving: direction !== away, sending: direction === away || direction === 'bidirectional' };
}

function nothingReceived(milliseconds: number): VnetperfError {
  return iperf3Error(144, {
    context: `nothing for ${Math.round(milliseconds)} ms`,
    remedy: 'The sender or the path has stopped; --rcv-timeout sets how long to wait.',
  });
}

function nothingTaken(milliseconds: number): VnetperfError {
  return iperf3Error(205, {
    errno: constants.errno.ETIMEDOUT,
    context: `the other side has taken nothing for ${Math.round(milliseconds)} ms`,
    remedy: 'The receiver or the path has stopped; see what the other side says.',
  });
}
