/**
 * A difference gets a verdict at this p-value, adjusted for all contrasts of the plan, or below. One in 25, so that "at most
 * one in 20" has room for the luck of a thousand comparisons. Chosen among 0.05, 0.04 and 0.035 by simulation (10 blocks,
 * noise 3 %), then measured again with 40 seeds that had no part in the choice, 1000 comparisons each:
 *   level   false verdicts    batches above 5 %   true differences of 5 % found
 *   0.05    4.6 (2.5 to 6.9)  14 of 40            96.8
 *   0.04    3.7 (1.9 to 5.9)   1 of 40            96.0
 * With 5 % of the runs at half their rate, at 0.04: 3.6 (2.6 to 5.2), 1 of 40.
 */
export const VERDICT_LEVEL = 0.04;
