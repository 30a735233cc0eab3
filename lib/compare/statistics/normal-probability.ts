/**
 * P(Z <= z) of the standard normal distribution, to 1e-15 beside the true value.
 *
 * The series of G. Marsaglia, Evaluating the normal distribution, Journal of Statistical Software 11 (2004), number 4:
 * 1/2 + phi(z) (z + z^3/3 + z^5/(3 5) + ...).
 */
export function normalProbability(z: number): number {
  if (Math.abs(z) > 8) {
    return z > 0 ? 1 : 0;
  }
  let term = z;
  let sum = z;
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 + sum * Math.exp((-z * z) / 2 - 0.5 * Math.log(2 * Math.PI));
}

/** The z below which a standard normal value lies with this probability, by halving. */
export function normalQuantile(probability: number): number {
  let low = -8;
  let high = 8;
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (normalProbability(middle) < probability) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return (low + high) / 2;
}
