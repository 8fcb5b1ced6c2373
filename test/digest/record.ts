import { mkdirSync, writeFileSync } from 'node:fs';
import { digest } from './digest.ts';

const folder = new URL('../../.cache/digests/', import.meta.url);

/** One digest for those of both models. */
export function joinDigests({ sentiment, sentence }: { sentiment: string; sentence: string }): string {
  return digest(new TextEncoder().encode(`${sentiment} ${sentence}`));
}

/**
 * Puts a runtime into the table that `npm run test:runtimes` prints at its end.
 *
 * @param runtime its name and version, as the table shows it: "Deno 2.9.6"
 * @param engine what compiles or interprets there: "V8", "SpiderMonkey"
 * @param digests over the 1,000 texts: of `simd` and `scalar` by scenario(), joined; of `js`
 */
export function record(
  runtime: string,
  engine: string,
  digests: { simd?: string | undefined; scalar?: string | undefined; js?: string | undefined },
): void {
  mkdirSync(folder, { recursive: true });
  const name = `${runtime.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')}.json`;
  writeFileSync(new URL(name, folder), `${JSON.stringify({ runtime, engine, digests })}\n`);
}

/** The same of what scenario() gave. */
export function recordScenario(
  runtime: string,
  engine: string,
  { digests }: { digests: Record<string, { sentiment: string; sentence: string }> },
): void {
  const joined = Object.entries(digests).map(([tier, pair]) => [tier, joinDigests(pair)]);
  record(runtime, engine, Object.fromEntries(joined));
}
