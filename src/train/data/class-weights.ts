/**
 * Weights that make all classes count alike in the loss: n / (k · count), with n examples of k classes, as
 * scikit-learn's "balanced". The weighted number of examples stays n.
 *
 * @param counts examples of each class
 * @returns one weight a class; 0 for a class without examples, which is not among the k
 */
export function balancedWeights(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const classes = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 0 : total / (classes * count)));
}
