import type { Host } from '../hosts/host-pair.js';
import type { Argument, Step } from '../plan.js';
import type { PrivateEngine } from './private-engine.js';

/** How engines of several hosts come to know of each other's networks and containers. */
export interface OverlayStore {
  /** Before the engines. */
  steps: readonly Step[];
  /** What the engine of a host is told of it. */
  daemonWords(host: Host): readonly Argument[];
  /** When the engines serve: from here on what one has, the other finds. */
  joinSteps(engines: readonly [PrivateEngine, PrivateEngine]): Step[];
  /** More words for `network create`. */
  networkWords: readonly string[];
}
