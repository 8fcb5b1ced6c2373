import { HashformerError } from './errors.ts';

/** Throws what the caller's signal asks for: nothing, or an `aborted` error that carries its reason. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new HashformerError('aborted', 'The call was aborted by its AbortSignal.', {
      cause: signal.reason,
    });
  }
}
