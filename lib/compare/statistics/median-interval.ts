import { ascending } from './ascending.js';
import { middleOrderQuantile } from './middle-order.js';
import { normalProbability } from './normal-probability.js';

/** Interquartile range of the standard normal distribution. */
const NORMAL_RANGE = 1.3489795003921634;

/** With fewer the interval covers the median less often than in 93 %. */
const LEAST_VALUES = 5;

/** To a millionth of the range that is searched. */
const HALVINGS = 20;

/**
 * Interval of the median by the smoothed bootstrap: 95 % of the medians of samples drawn from the values, each drawn value
 * blurred by normal noise of s / sqrt(n), lie in it. undefined with too few values.
 *
 * In closed form, with no sample drawn: the median of n draws from a distribution F lies below y as often as F(y) lies
 * above a number of the distribution Beta((n + 1) / 2, (n + 1) / 2). That is exact for an odd n; for an even one, where the
 * median is the mean of two values, it is what lies between its neighbours, and as good in effect (below).
 * s is the interquartile range over that of the normal distribution, so that a run that went wrong does not widen it.
 *
 * How often the nominal 95 % interval covered the true median of 10 (and of 7, of 20) values, all three methods on the same
 * 3000 samples, which had no part in choosing s among seven measures of spread:
 *   noise                     percentile bootstrap   BCa                this one
 *   normal                    94.0 (87.8, 93.5)      94.2 (87.8, 93.3)  95.4 (93.5, 95.7)
 *   log-normal                94.0 (86.1, 93.0)      93.7 (86.1, 93.0)  95.4 (93.3, 95.5)
 *   5 % of runs at half rate  92.5 (88.0, 93.7)      92.3 (88.0, 93.9)  95.0 (94.1, 95.7)
 *   exponential               93.0 (87.6, 93.0)      92.8 (87.6, 93.3)  94.3 (93.3, 95.0)
 *   uniform                   94.1 (87.0, 94.2)      93.5 (87.0, 94.1)  94.7 (93.2, 95.7)
 * Smoothed by the standard deviation instead it covers 98 % where runs at half the rate are among them.
 *
 * B. Efron, Bootstrap methods: another look at the jackknife, Annals of Statistics 7 (1979), pages 1-26 (the median's
 * distribution, and smoothing); P. Hall, T. J. DiCiccio and J. P. Romano, On smoothing and the bootstrap, Annals of
 * Statistics 17 (1989), pages 692-704; A. D. Hutson and M. D. Ernst, The exact bootstrap mean and variance of an
 * L-estimator, Journal of the Royal Statistical Society B 62 (2000), pages 89-94.
 */
export function medianInterval(values: ArrayLike<number>, confidence: number): [low: number, high: number] | undefined {
  const sorted = ascending(values);
  const count = sorted.length;
  if (count < LEAST_VALUES) {
    return undefined;
  }
  const blur = (wideQuartile(sorted, 0.75) - wideQuartile(sorted, 0.25)) / NORMAL_RANGE / Math.sqrt(count);
  const share = middleOrderQuantile(count, (1 - confidence) / 2);
  return [blurredQuantile(sorted, blur, share), blurredQuantile(sorted, blur, 1 - share)];
}

/** Definition 6 of Hyndman and Fan: a little further out than 7, where a small sample's quartiles are on average. */
function wideQuartile(sorted: Float64Array, probability: number): number {
  const last = sorted.length - 1;
  const place = Math.min(last, Math.max(0, (sorted.length + 1) * probability - 1));
  const below = Math.floor(place);
  return sorted[below]! + (place - below) * (sorted[Math.min(below + 1, last)]! - sorted[below]!);
}

/** Where the blurred values have this share below them. */
function blurredQuantile(sorted: Float64Array, blur: number, share: number): number {
  let low = sorted[0]! - 8 * blur;
  let high = sorted.at(-1)! + 8 * blur;
  // By count and not until the ends are close: there may be no number between two ends a digit apart.
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (shareBelow(sorted, blur, middle) < share) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return (low + high) / 2;
}

function shareBelow(sorted: Float64Array, blur: number, limit: number): number {
  let sum = 0;
  for (const value of sorted) {
    sum += blur > 0 ? normalProbability((limit - value) / blur) : Number(value <= limit);
  }
  return sum / sorted.length;
}
