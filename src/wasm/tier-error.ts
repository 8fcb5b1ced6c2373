import { HashformerError } from '../errors.ts';
import type { Tier } from '../runtime/tier.ts';

/**
 * The error of a tier that is not to be had here.
 *
 * @param tier undefined where not even the choice of one was possible
 * @param cause what compiling it threw; undefined: its known answer came out false
 */
export function tierError(tier: Tier | undefined, cause: unknown): HashformerError {
  if (cause instanceof HashformerError) return cause;
  if (typeof WebAssembly === 'undefined') {
    return new HashformerError('tier', 'Every tier needs WebAssembly, which this engine does not have.');
  }
  const problem =
    cause === undefined
      ? `This engine computes the tier "${tier}" wrongly (a known answer came out false); use another tier.`
      : `The tier "${tier}" cannot be compiled here; leave it out to let one be chosen. ${(cause as Error).message}`;
  return new HashformerError('tier', problem, cause === undefined ? {} : { cause });
}
