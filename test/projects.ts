// The projects of the tests: what runs together, by name. Every file of tests belongs to one of them.

import type { TestProjectInlineConfiguration } from 'vitest/config';

/** Files whose tests run in the relaxed tier too, which Node 20 does not have: `npm run test:relaxed`. */
const TIERS = [
  'test/numbers/**',
  'test/kernel/**',
  'test/api/{determinism,oracle}.test.ts',
  'test/train/{golden,gradients,adamw,backend,trainer}.test.ts',
].map((pattern) => pattern.replace(/\*\*$/, '**/*.test.ts'));

/** What tests ask for with `inject()`. */
interface Provided {
  /** All rounds, texts and seconds, rather than a part that stands for them. */
  thorough: boolean;
  /** All texts for engines without WebAssembly too, some of which take a day. */
  allTexts: boolean;
}

declare module 'vitest' {
  interface ProvidedContext extends Provided {}
}

const FOLDERS = ['cli', 'train', 'server', 'playground', 'fuzz', 'package', 'runtimes'];
const SHORT = { thorough: false, allTexts: false };
const LONG = { thorough: true, allTexts: false };
const inFolder = (folder: string) => `test/${folder}/**/*.test.ts`;

/** Projects with a setup of their own, which finds what they start. */
const SETUP: Record<string, string> = {
  runtimes: './test/runtimes/setup.ts',
  engines: './test/runtimes/setup.ts',
};

function project(
  name: string,
  include: string[],
  exclude: string[],
  provide: Provided,
): TestProjectInlineConfiguration & { test: { name: string } } {
  const globalSetup = SETUP[name];
  return {
    test: {
      name,
      include,
      exclude,
      provide,
      // A test that asserts nothing proves nothing.
      expect: { requireAssertions: true },
      testTimeout: 120_000,
      hookTimeout: 120_000,
      ...(globalSetup !== undefined && { globalSetup }),
    },
  };
}

/** The projects in their short form: what a change must pass. */
export const projects = [
  project('tiers', TIERS, [], SHORT),
  project('core', ['test/**/*.test.ts'], [...TIERS, ...FOLDERS.map(inFolder)], SHORT),
  ...FOLDERS.map((name) => project(name, [inFolder(name)], TIERS, SHORT)),
];

/** The same tests with all that they can be asked for, which takes from minutes to a day. */
export const thoroughProjects = [
  project('fuzz', [inFolder('fuzz')], [], LONG),
  project('runtimes', [inFolder('runtimes')], [], LONG),
  project('large', ['test/train/large.test.ts'], [], LONG),
  project('engines', ['test/runtimes/js/engines.test.ts'], [], { thorough: true, allTexts: true }),
];
