import { Random } from '../numeric/random.ts';

/** Keeps a share of examples, drawn by the seed, out of training: [training, held out]. */
export function holdOut<T>(examples: readonly T[], share: number, seed: number): [T[], T[]] {
  const order = new Random(seed).fork('held out').permutation(examples.length);
  const count = Math.min(examples.length - 1, Math.max(1, Math.round(examples.length * share)));
  const out = new Set(order.slice(0, count));
  return [examples.filter((_, i) => !out.has(i)), examples.filter((_, i) => out.has(i))];
}
