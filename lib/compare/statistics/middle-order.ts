/**
 * How often the median of `count` values lies below a point that one value lies below with probability `share`: the
 * distribution function of Beta((n + 1) / 2, (n + 1) / 2). Exact for an odd count, in between for an even one.
 *
 * H. A. David and H. N. Nagaraja, Order Statistics (3rd edition 2003), section 2.1. With share = (1 - cos a) / 2 the density
 * is that of sin(a)^n, whose integral has a closed form.
 */
export function middleOrderProbability(count: number, share: number): number {
  return sinePowerIntegral(count, Math.acos(1 - 2 * share)) / sinePowerIntegral(count, Math.PI);
}

/** The share that belongs to a probability, by halving. */
export function middleOrderQuantile(count: number, probability: number): number {
  let low = 0;
  let high = 1;
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (middleOrderProbability(count, middle) < probability) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return (low + high) / 2;
}

/** Of sin(a)^power from 0 to the angle, by parts. */
function sinePowerIntegral(power: number, angle: number): number {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isEven = power % 2 === 0;
  let integral = isEven ? angle : 1 - cosine;
  let sinePower = isEven ? sine : sine * sine;
  for (let reached = isEven ? 2 : 3; reached <= power; reached += 2) {
    integral = ((reached - 1) * integral - cosine * sinePower) / reached;
    sinePower *= sine * sine;
  }
  return integral;
}
