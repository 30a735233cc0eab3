import type { ServerConfiguration } from '../configuration/configuration.js';
import type { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';

/** Readings per window: the average moves on in tenths of it. */
const READINGS = 10;

/** Aborts a test whose average over the window exceeds --server-bitrate-limit. */
export class RateLimitWatch {
  readonly #readings: { atMs: number; bytes: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(
    traffic: { progress(): { sentBytes: number; receivedBytes: number } },
    limit: Pick<ServerConfiguration, 'bitrateLimitBitsPerSecond' | 'bitrateLimitWindowSeconds'>,
    onExceeded: (error: VnetperfError) => void,
  ) {
    const windowMs = limit.bitrateLimitWindowSeconds * 1000;
    this.#timer = setInterval(() => {
      const { sentBytes, receivedBytes } = traffic.progress();
      const now = { atMs: performance.now(), bytes: sentBytes + receivedBytes };
      this.#readings.push(now);
      if (this.#readings.length <= READINGS) return;
      const oldest = this.#readings.shift() as { atMs: number; bytes: number };
      const bitsPerSecond = ((now.bytes - oldest.bytes) * 8000) / (now.atMs - oldest.atMs);
      if (bitsPerSecond <= limit.bitrateLimitBitsPerSecond) return;
      this.stop();
      onExceeded(
        iperf3Error(27, {
          context: `${Math.round(bitsPerSecond)} bit/s of ${limit.bitrateLimitBitsPerSecond} allowed`,
        }),
      );
    }, windowMs / READINGS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
