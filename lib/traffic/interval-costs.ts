import type { CarrierPercent, EndRecord, IntervalRecord } from './events.js';
import { softirqPercent } from './facts.js';
import { matchedIntervals } from './matched-intervals.js';

/** CPU that one interval took, percent of one core. What is not known is absent. */
export interface IntervalCost {
  startSeconds: number;
  endSeconds: number;
  omitted: boolean;
  /** The stream threads of each end. */
  client: number;
  server?: number | undefined;
  /** All cores together. */
  softirq?: number | undefined;
  carriers: CarrierPercent[];
}

type ServerShare = Pick<IntervalRecord, 'startSeconds' | 'endSeconds' | 'omitted' | 'cpuPercent'>;

/** The intervals of a test whose two ends are in this process, as the client counts them, with both ends' CPU. */
export class IntervalCosts {
  readonly #client: IntervalCost[] = [];
  readonly #server: ServerShare[] = [];

  addClient({ startSeconds, endSeconds, omitted, cpuPercent, cores, carriers }: IntervalRecord): void {
    const softirq = softirqPercent(cores);
    this.#client.push({ startSeconds, endSeconds, omitted, client: cpuPercent, softirq, carriers });
  }

  addServer({ startSeconds, endSeconds, omitted, cpuPercent }: IntervalRecord): void {
    this.#server.push({ startSeconds, endSeconds, omitted, cpuPercent });
  }

  all(): IntervalCost[] {
    const matched = matchedIntervals(this.#client, this.#server);
    return this.#client.map((interval, index) => {
      let cpuSeconds = 0;
      let seconds = 0;
      for (const share of matched[index] ?? []) {
        const length = share.endSeconds - share.startSeconds;
        cpuSeconds += share.cpuPercent * length;
        seconds += length;
      }
      return seconds > 0 ? { ...interval, server: cpuSeconds / seconds } : interval;
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
