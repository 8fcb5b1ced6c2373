import { timingSafeEqual } from 'hono/utils/buffer';
import { Refusal } from './http-refusal.ts';

/**
 * Lets a request pass that brings one of the keys; any where there are none.
 *
 * @throws Refusal 401
 */
export async function authorize(header: string | undefined, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const refuse = (code: string, message: string) =>
    new Refusal(401, code, message, { headers: { 'www-authenticate': 'Bearer' } });
  if (header === undefined) {
    throw refuse('missing_api_key', 'An API key is needed; send it as "Authorization: Bearer KEY".');
  }
  const token = /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? '';
  // All are compared, so that time does not tell which.
  const equal = await Promise.all(keys.map((key) => timingSafeEqual(key, token)));
  if (!equal.includes(true)) throw refuse('invalid_api_key', 'The API key is wrong.');
}
