import { quantile } from './quantile.js';

/**
 * The inner fences: one and a half interquartile ranges below the lower and above the upper quartile. What lies outside is
 * worth a look, nothing more: nothing is dropped for it.
 *
 * J. W. Tukey, Exploratory Data Analysis (1977), section 2D; with quartiles in place of his hinges.
 */
export function tukeyFences(values: ArrayLike<number>): [low: number, high: number] {
  const lower = quantile(values, 0.25);
  const upper = quantile(values, 0.75);
  const reach = 1.5 * (upper - lower);
  return [lower - reach, upper + reach];
}
