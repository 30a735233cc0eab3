import { median } from './median.js';
import { quantile } from './quantile.js';

/**
 * Interquartile range over median: how far apart the middle half of the runs lies. undefined where the median is 0, or with
 * a single value, which has no spread.
 *
 * Both are robust, so that one run that went wrong does not make a steady cell look unsteady; the outliers are listed
 * beside it.
 */
export function relativeSpread(values: ArrayLike<number>): number | undefined {
  const middle = median(values);
  if (values.length < 2 || middle === 0) {
    return undefined;
  }
  return (quantile(values, 0.75) - quantile(values, 0.25)) / middle;
}
