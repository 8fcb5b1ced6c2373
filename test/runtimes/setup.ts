// Before the tests of runtimes: fetches what they start, and names it in the variables that RUNTIMES has.

import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';

interface Runtimes {
  RUNTIMES: Record<string, { slow?: boolean }>;
  findRuntime(variable: string): Promise<string | undefined>;
}

export default async function setup(project: TestProject): Promise<void> {
  const { RUNTIMES, findRuntime } = (await import(
    new URL('../../scripts/runtimes.mjs', import.meta.url).href
  )) as Runtimes;
  const { thorough } = project.config.provide;
  for (const [variable, { slow = false }] of Object.entries(RUNTIMES)) {
    if (slow && !thorough) continue;
    const path = await findRuntime(variable);
    if (path !== undefined) process.env[variable] = path;
    else console.log(`${variable} is not tested: there is none for this machine; name one in ${variable}.`);
  }
  await rm(new URL('../../.cache/digests', import.meta.url), { recursive: true, force: true });
}
