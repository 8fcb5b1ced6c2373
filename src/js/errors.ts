import type { ErrorCode, HashformerError as Shape } from '../errors.ts';

export type { ErrorCode };
export type HashformerError = Shape;

/**
 * The package's error class for ES5, where classes cannot extend Error: takes the place of src/errors.ts in this build.
 */
export const HashformerError = function (
  this: { name: string; code: ErrorCode; message: string; stack?: string; cause?: unknown },
  code: ErrorCode,
  message: string,
  options?: { cause?: unknown },
) {
  const { stack } = new Error(message);
  this.name = 'HashformerError';
  this.code = code;
  this.message = message;
  if (stack !== undefined) this.stack = stack;
  if (options && 'cause' in options) this.cause = options.cause;
} as unknown as new (
  code: ErrorCode,
  message: string,
  options?: { cause?: unknown },
) => Shape;

HashformerError.prototype = Object.create(Error.prototype, { constructor: { value: HashformerError } });
