import { type ErrorCode, HashformerError } from '../errors.ts';

/** Parses bytes of JSON; `name` is the file in the message. */
export function parseJson(bytes: Uint8Array, name: string, code: ErrorCode): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new HashformerError(code, `${name} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}
