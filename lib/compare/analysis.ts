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

export interface CellSummary {
  /** Cell.id */
  cell: string;
  measured: number;
  failed: number;
  /** Of a failed run, the last one; that of the warm-up too where nothing was measured. */
  failure?: string | undefined;
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
  retransmits?: number | undefined;
  jitterMs?: number | undefined;
  lostPercent?: number | undefined;
  /** Median of the runs' medians. */
  idleRoundTripMicroseconds?: number | undefined;
  loadedRoundTripMicroseconds?: number | undefined;
}

export type Verdict = 'faster' | 'slower' | 'no-difference' | 'too-few-runs';

export interface Contrast {
  cell: string;
  baseline: string;
  /** Blocks in which both were measured; the plan's baseline under either of its names. */
  pairs: number;
  /** Of the cell over the baseline; absent without a pair. */
  ratio?: number | undefined;
  /** Of the ratio, for this contrast by itself: at least 95 %, at most 96.9 %. Absent with too few pairs. */
  interval?: Interval | undefined;
  pValue?: number | undefined;
  /** Holm's, over all contrasts of the plan. The verdict goes by this one: 0.04 or less is a difference. */
  adjustedPValue?: number | undefined;
  verdict: Verdict;
}

export interface NoiseFloor {
  /** Twin over baseline. */
  ratio: number;
  interval?: Interval | undefined;
  /** A difference smaller than this is never called one: 0.012 = 1.2 %. */
  smallestDifference: number;
  /** The same cell differs from itself by more than chance allows: nothing here should be believed before that is explained. */
  suspicious: boolean;
}
