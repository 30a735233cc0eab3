/**
 * The means of all pairs, each value with itself included: n (n + 1) / 2 of them, in ascending order. Their median is the
 * Hodges-Lehmann estimate; counted from both ends they bound its interval.
 *
 * J. E. Walsh, Some significance tests for the median which are valid under very general conditions, Annals of
 * Mathematical Statistics 20 (1949), pages 64-81.
 */
export function walshAverages(values: ArrayLike<number>): Float64Array {
  const count = values.length;
  const averages = new Float64Array((count * (count + 1)) / 2);
  let next = 0;
  for (let first = 0; first < count; first += 1) {
    for (let second = first; second < count; second += 1) {
      averages[next] = (values[first]! + values[second]!) / 2;
      next += 1;
    }
  }
  return averages.sort();
}
