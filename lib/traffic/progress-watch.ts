import type { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';

/** Fails a test whose receiving streams have had nothing for too long (--rcv-timeout). */
export class ProgressWatch {
  readonly #traffic: { progress(): { receivedBytes: number } };
  readonly #timeoutMs: number;
  readonly #onStall: (error: VnetperfError) => void;
  #timer: NodeJS.Timeout | undefined;
  #bytes = 0;
  #since = 0;

  constructor(
    traffic: { progress(): { receivedBytes: number } },
    timeoutMs: number,
    onStall: (error: VnetperfError) => void,
  ) {
    this.#traffic = traffic;
    this.#timeoutMs = timeoutMs;
    this.#onStall = onStall;
  }

  start(): void {
    this.#since = performance.now();
    this.#timer = setInterval(() => this.#look(), Math.min(1000, Math.max(20, this.#timeoutMs / 4)));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { receivedBytes } = this.#traffic.progress();
    const now = performance.now();
    if (receivedBytes !== this.#bytes) {
      this.#bytes = receivedBytes;
      this.#since = now;
    } else if (now - this.#since >= this.#timeoutMs) {
      this.stop();
      this.#onStall(
        iperf3Error(144, {
          context: `nothing for ${Math.round(now - this.#since)} ms`,
          remedy: 'The sender or the path has stopped; --rcv-timeout sets how long to wait.',
        }),
      );
    }
  }
}
