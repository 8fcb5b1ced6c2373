import { readFileSync } from 'node:fs';
import type * as hashformer from '../../src/index.ts';
import { type ScenarioResult, scenario } from './scenario.ts';

/** The texts of the digests. */
export const texts: readonly string[] = JSON.parse(
  readFileSync(new URL('../digest/sentences.json', import.meta.url), 'utf8'),
);

/** The built package as this Node imports it. */
export function importPackage(): Promise<typeof hashformer> {
  return import(new URL('../../dist/node/index.js', import.meta.url).href);
}

/** What this Node says of the scenario: what other runtimes must say. */
export async function scenarioInNode(): Promise<ScenarioResult> {
  const result = await scenario(await importPackage(), { texts });
  return JSON.parse(JSON.stringify(result));
}
