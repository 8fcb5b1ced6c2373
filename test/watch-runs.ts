import { onTestFinished, vi } from 'vitest';
import type { Backend } from '../src/backend/backend.ts';

/**
 * Watches the batches that all models on a kind of backend compute, until the test ends.
 *
 * @param then called when batch number `after` begins, from 1
 * @returns how many batches have begun so far
 */
export function watchRuns(
  kind: { readonly prototype: Backend },
  after = 0,
  then: () => void = () => {},
): () => number {
  const { run } = kind.prototype;
  let count = 0;
  const spy = vi.spyOn(kind.prototype, 'run').mockImplementation(function (this: Backend, ...given) {
    if (++count === after) then();
    return run.apply(this, given);
  });
  onTestFinished(() => spy.mockRestore());
  return () => count;
}
