import { HashformerError } from '../errors.ts';

export const API_KEY_VARIABLE = 'HASHFORMER_API_KEY';

/**
 * The key that the environment holds; undefined where none is set.
 *
 * @throws HashformerError `argument`: it may not be read, so that nobody knows whether one is set
 */
export function environmentKey(): string | undefined {
  try {
    return globalThis.process?.env?.[API_KEY_VARIABLE] || undefined;
  } catch (cause) {
    throw new HashformerError(
      'argument',
      `Whether an API key is set cannot be told, as ${API_KEY_VARIABLE} may not be read here; allow it (Deno: --allow-env=${API_KEY_VARIABLE}) or give the key.`,
      { cause },
    );
  }
}
