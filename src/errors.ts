/**
 * What went wrong, for programs. The sentence in `message` is for people: what was expected, what was got,
 * what to do.
 *
 * - `argument`     a call's argument has the wrong type or value
 * - `config`       config.json is missing, not JSON, or describes no model that can be built
 * - `weights`      a weight file is damaged, or does not fit its config.json
 * - `tokenizer`    a tokenizer.json is missing or unusable
 * - `missing`      the model lacks the part that the call needs (a head, a projection)
 * - `tier`         the engine lacks the wasm tier that was asked for, or computes it wrongly
 * - `device`       the device that was asked for is not to be had, or failed or was lost while it computed
 * - `dependency`   an optional package is not installed
 * - `source`       a file or address could not be read or written
 * - `numeric`      finite weights led to a result that is not finite
 * - `memory`       the engine would not give the memory that the model needs
 * - `disposed`     the model was used after dispose()
 * - `aborted`      the caller's AbortSignal fired
 */
export type ErrorCode =
  | 'argument'
  | 'config'
  | 'weights'
  | 'tokenizer'
  | 'missing'
  | 'tier'
  | 'device'
  | 'dependency'
  | 'source'
  | 'numeric'
  | 'memory'
  | 'disposed'
  | 'aborted';

/** Every error that this package throws. */
export class HashformerError extends Error {
  override readonly name = 'HashformerError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
