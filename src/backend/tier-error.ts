import { HashformerError } from '../errors.ts';
import type { Tier } from './tier.ts';

/** The error of a tier that this engine cannot compile, or (without a cause) computes wrongly. */
export function tierError(tier: Tier, cause?: unknown): HashformerError {
  const problem =
    cause === undefined
      ? `This engine computes the tier "${tier}" wrongly (a known answer came out false); use another tier.`
      : `The tier "${tier}" cannot be compiled here; leave it out to let one be chosen. ${(cause as Error).message}`;
  return new HashformerError('tier', problem, cause === undefined ? {} : { cause });
}

/** The error of an engine that runs none. */
export function noWebAssembly(): HashformerError {
  return new HashformerError('tier', 'Every tier needs WebAssembly, which this engine does not have.');
}
