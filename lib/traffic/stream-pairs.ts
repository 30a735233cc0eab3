import type { NetworkNamespace } from './namespace.js';

/** Where a data stream has its two sockets, when the streams of one test do not all run between the same two ends. */
export interface StreamPair {
  /** Where the client’s end of the stream is. */
  client: NetworkNamespace;
  /** Where the server’s end of the stream is. */
  server: NetworkNamespace;
  /** Numeric address that the client's end reaches the server's by, of the family of the control connection. */
  serverHost: string;
}

/**
 * The pair of the stream in this place. Both sides deal alike, in turn, and each direction of a bidirectional test from
 * the first pair on, so that as many streams are sent to a pair as come from it.
 */
export function pairOfStream<Pair>(pairs: readonly Pair[], index: number, parallel: number): Pair | undefined {
  return pairs[(index % parallel) % pairs.length];
}
