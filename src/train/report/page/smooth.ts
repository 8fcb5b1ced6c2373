/**
 * Exponential moving average that begins unbiased: the sum of weights counts, as in Adam. Gaps stay gaps.
 *
 * @param span about so many values are averaged; 1 leaves them as they are
 */
export function smooth(values: readonly (number | null)[], span: number): (number | null)[] {
  const keep = 1 - 1 / Math.max(1, span);
  let average = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null) return null;
    average = keep * average + (1 - keep) * value;
    weight = keep * weight + 1 - keep;
    return average / weight;
  });
}
