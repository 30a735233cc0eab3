/**
 * A difference gets a verdict at this p-value, adjusted for all contrasts of the plan, or below. One in 25: chance alone
 * makes 3.7 % of comparisons without a true difference look different, and among 1000 of them, 24 times simulated, never
 * more than 4.7 %. At one in 20 it were 4.6 %, and among 1000 up to 5.9 %, which is no longer the one in 20 that the 95 %
 * intervals beside it speak of. It costs less than 1 % of the true differences of 5 % (95.9 % found, in place of 96.6 %).
 */
export const VERDICT_LEVEL = 0.04;
