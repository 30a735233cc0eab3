import type { CarrierPercent, EndRecord, IntervalRecord } from './events.js';
import { softirqPercent } from './facts.js';
import { matchedIntervals } from './matched-intervals.js';

/** CPU that one interval took, percent of one core. What is not known is absent. */
export interface IntervalCost {
  /** Since the test began. */
  startSeconds: number;
  /** Since the test began. */
  endSeconds: number;
  /** It is of the omit period. */
  omitted: boolean;
  /** The client's stream threads. */
  client: number;
  /** The server's stream threads. */
  server?: number | undefined;
  /** All cores together. */
  softirq?: number | undefined;
  /** Processes that carry the packets. */
  carriers: CarrierPercent[];
}

type ServerShare = Pick<IntervalRecord, 'startSeconds' | 'endSeconds' | 'omitted' | 'cpuPercent'>;

/** The intervals of a test whose two ends are in this process, as the client counts them, with both ends' CPU. */
export class IntervalCosts {
  readonly #most: number;
  readonly #client: IntervalCost[] = [];
  readonly #server: ServerShare[] = [];
  #leftOut = 0;

  /** @param most The intervals after these are only counted. */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  /** How many intervals of the client's there were beyond what is kept. */
  get leftOut(): number {
    return this.#leftOut;
  }

  addClient({ startSeconds, endSeconds, omitted, cpuPercent, cores, carriers }: IntervalRecord): void {
    if (this.#client.length >= this.#most) {
      this.#leftOut++;
      return;
    }
    const softirq = softirqPercent(cores);
    this.#client.push({ startSeconds, endSeconds, omitted, client: cpuPercent, softirq, carriers });
  }

  addServer({ startSeconds, endSeconds, omitted, cpuPercent }: IntervalRecord): void {
    if (this.#server.length >= this.#most) return;
    this.#server.push({ startSeconds, endSeconds, omitted, cpuPercent });
  }

  all(): IntervalCost[] {
    const matched = matchedIntervals(this.#client, this.#server);
    return this.#client.map((interval, index) => {
      const server = meanCpuPercent(matched[index] ?? []);
      return server === undefined ? interval : { ...interval, server };
    });
  }

  /** A client's end with the server's CPU in its intervals. */
  withBothEnds(end: EndRecord): EndRecord {
    const costs = this.all();
    const intervals = end.facts.intervals?.map((interval, index) => {
      const server = costs[index]?.server;
      return server === undefined ? interval : { ...interval, ends: { ...interval.ends, server } };
    });
    return { ...end, facts: { ...end.facts, intervals } };
  }
}

/** Over their time together; undefined where there was none. */
export function meanCpuPercent(
  intervals: readonly Pick<IntervalRecord, 'startSeconds' | 'endSeconds' | 'cpuPercent'>[],
): number | undefined {
  let cpuSeconds = 0;
  let seconds = 0;
  for (const { startSeconds, endSeconds, cpuPercent } of intervals) {
    cpuSeconds += cpuPercent * (endSeconds - startSeconds);
    seconds += endSeconds - startSeconds;
  }
  return seconds > 0 ? cpuSeconds / seconds : undefined;
}
