import { HashformerError } from '../errors.ts';

/** The error of a file that could not be read or written: what failed, where, why. */
export function failure(path: string, action: 'read' | 'written', cause: unknown): HashformerError {
  return new HashformerError('source', `${path} could not be ${action}: ${(cause as Error).message}.`, {
    cause,
  });
}
