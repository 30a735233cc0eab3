/** What the runs of a comparison amount to. Everything here follows from the plan and the runs alone. */
export interface Analysis {
  /** Blocks in which at least one cell was measured, the warm-up left out. */
  blocks: number;
  /** Of every interval: 0.95. */
  confidence: number;
  /** In the order of the plan. */
  cells: CellSummary[];
  /** Each of the plan's, in its order. */
  contrasts: Contrast[];
  /** The baseline against its twin. Absent while one of them has no run. */
  noise?: NoiseFloor | undefined;
  /** The verdict in words, a sentence each; the last ones say what could not be shown. */
  sentences: string[];
}

/** [low, high] */
export type Interval = [number, number];

/** What the runs of one cell amount to. */
export interface CellSummary {
  /** Cell.id */
  cell: string;
  /** Runs with a figure, the warm-up left out. */
  measured: number;
  /** Runs without one, the warm-up left out. */
  failed: number;
  /** Of a failed run, the last one; that of the warm-up too where nothing was measured. */
  failure?: string | undefined;
  /** Median over the runs of what the receivers got. */
  medianBitsPerSecond?: number | undefined;
  /** Smoothed bootstrap interval of the median; absent with less than 5 runs. */
  medianInterval?: Interval | undefined;
  /** Interquartile range over median, 0.061 = 6.1 %. */
  spread?: number | undefined;
  /** Runs outside Tukey's fences: shown, and part of every figure. */
  outliers: { block: number; bitsPerSecond: number }[];
  /** What limited most of its runs, for a table; the first is the strongest. */
  limitedBy: string[];
  /** Of all streams and ends, median over the runs. */
  migrationsPerSecond?: number | undefined;
  /** TCP segments sent again: median over the runs. */
  retransmits?: number | undefined;
  /** UDP jitter: median over the runs. */
  jitterMs?: number | undefined;
  /** UDP datagrams lost, percent: median over the runs. */
  lostPercent?: number | undefined;
  /** Median of the runs' medians. */
  idleRoundTripMicroseconds?: number | undefined;
  /** Median of the runs’ medians, while the load ran. */
  loadedRoundTripMicroseconds?: number | undefined;
}

/** What may be said of a cell against its baseline. */
export type Verdict = 'faster' | 'slower' | 'no-difference' | 'too-few-runs';

/** A cell against a baseline, block by block. */
export interface Contrast {
  /** Cell.id */
  cell: string;
  /** Cell.id */
  baseline: string;
  /** Blocks in which both were measured; the plan's baseline under either of its names. */
  pairs: number;
  /** Of the cell over the baseline; absent without a pair. */
  ratio?: number | undefined;
  /** Of the ratio, for this contrast by itself: at least 95 %, at most 96.9 %. Absent with too few pairs. */
  interval?: Interval | undefined;
  /** Wilcoxon’s signed-rank test, exact, for this contrast by itself. */
  pValue?: number | undefined;
  /** Holm's, over all contrasts of the plan. The verdict goes by this one: 0.04 or less is a difference. */
  adjustedPValue?: number | undefined;
  /** What may be said of it. */
  verdict: Verdict;
}

/** What the same cell differs by from itself. */
export interface NoiseFloor {
  /** Twin over baseline. */
  ratio: number;
  /** Of the ratio. Absent with too few pairs. */
  interval?: Interval | undefined;
  /** A difference smaller than this is never called one: 0.012 = 1.2 %. */
  smallestDifference: number;
  /** The same cell differs from itself by more than chance allows: nothing here should be believed before that is explained. */
  suspicious: boolean;
}
