import type { HopState } from '../read-hops.js';
import type { TriedDirection } from './directions.js';
import type { Evidence } from './evidence.js';
import type { Subject } from './subject.js';

/** What was seen of a network. What it means is for the files of findings to say. */
export interface PathFacts {
  subject: Subject;
  hops: readonly HopState[];
  /** Empty: the hops alone show that nothing gets through, and nothing was sent. */
  directions: readonly TriedDirection[];
  /** Congestion control that a socket gets by itself. */
  congestion: { client: string | undefined; server: string | undefined };
  /** Of the first direction that did not get through. */
  evidence: readonly Evidence[];
}
