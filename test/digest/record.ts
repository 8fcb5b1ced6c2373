import { mkdirSync, writeFileSync } from 'node:fs';
import { digest } from './digest.ts';

const folder = new URL('../../.cache/digests/', import.meta.url);

/** Of all logits of `sentiment`, of all vectors of `sentence`. */
export interface DigestPair {
  readonly sentiment: string;
  readonly sentence: string;
}

/** One digest for those of both models. */
export function joinDigests({ sentiment, sentence }: DigestPair): string {
  return digest(new TextEncoder().encode(`${sentiment} ${sentence}`));
}

/**
 * Puts a runtime into the table that `npm run test:runtimes` prints at its end.
 *
 * @param runtime its name and version, as the table shows it: "Deno 2.9.6"
 * @param engine what compiles or interprets there: "V8", "SpiderMonkey"
 * @param digests over the 1,000 texts, joined; a number in place of that of `js`: so many texts, the first ones, were
 *   answered as Node does
 */
export function record(
  runtime: string,
  engine: string,
  digests: { simd?: string; scalar?: string; js?: string | number },
): void {
  mkdirSync(folder, { recursive: true });
  const name = `${runtime.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')}.json`;
  writeFileSync(new URL(name, folder), `${JSON.stringify({ runtime, engine, digests })}\n`);
}

/** The same of what scenario() gave, and of hashformer/js where that was asked too. */
export function recordScenario(
  runtime: string,
  engine: string,
  { digests }: { digests: Record<string, DigestPair> },
  js?: DigestPair,
): void {
  const pairs = Object.entries({ ...digests, ...(js === undefined ? {} : { js }) });
  record(runtime, engine, Object.fromEntries(pairs.map(([tier, pair]) => [tier, joinDigests(pair)])));
}
