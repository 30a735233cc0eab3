import type { GateOutcome } from '../../gate/outcome.js';

/** What a build server is told of a comparison or a test: JUnit's testsuite, GitHub's annotations. */
export interface CheckSuite {
  /** `vnetperf compare veth bridge` */
  name: string;
  /** ISO 8601, or empty where it is not known. */
  startedAt: string;
  /** How long all of it took. */
  seconds: number;
  /** Where, with what, and the figures. */
  properties: { name: string; value: string }[];
  /** In the order in which they are told. */
  checks: Check[];
  /** What was found, a sentence each. */
  sentences: string[];
}

/** One thing that may be wrong: JUnit's testcase. */
export interface Check {
  /** A cell, or a cell against its baseline. */
  name: string;
  /** What it is about, with dots between levels, as JUnit groups by: `vnetperf.compare`. */
  group: string;
  /** How long it took; 0 where it follows from others. */
  seconds: number;
  /** `measured`: nobody gave a limit. `error`: there is no figure. */
  outcome: GateOutcome | 'measured' | 'error';
  /** The outcome in words. */
  sentence: string;
}
