// What CI must have run, in one place: a run of CI without it fails (scripts/count.mjs --ci).

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Reports of scripts/test.mjs that there must be. */
export const MUST_HAVE_RUN = ['unit', 'relaxed', 'fuzz', 'package', 'runtimes'];

/**
 * Programs that must be installed: browsers, and WebKit's engine. What tests fetch by themselves is in
 * scripts/runtimes.mjs. Debian's names of packages and of programs.
 */
export const DEBIAN_PACKAGES = {
  chromium: 'chromium',
  'firefox-esr': 'firefox-esr',
  'libjavascriptcoregtk-4.0-bin': 'jsc',
};

/** Tests that may be skipped, and why; any other skip is an error: a runtime or a browser was not there. */
export const MAY_BE_SKIPPED = [
  { test: /has no relaxed SIMD/, why: 'Node 20; the report "relaxed" is of the same tests under Node 24' },
  {
    test: /HASHFORMER_(REFERENCE|GLUE|TEACHER)|^test\/numbers\/shared\.test\.ts: /,
    why: 'data sets whose licences keep them out of this repository',
  },
  { test: /float64 takes minutes and does not quantise/, why: 'nothing to compare' },
  { test: /may not (be written|write) (to|there)/, why: 'root may write anywhere' },
  {
    test: /fills the disk|keeps the checkpoint before/,
    why: 'mounts need a user namespace, which containers forbid',
  },
  {
    test: /^test\/docs\/samples\.test\.ts: /,
    why: 'pages on which nothing can run; each of their blocks says why, or the test fails',
  },
  {
    test: /serve in Deno > stops the work of clients that leave/,
    why: 'Deno tells no server that a client left',
  },
  { test: /wasmi \(skipped: /, why: 'its build takes minutes: npm run test:thorough' },
];

/** The Debian packages whose programs are not there, for .ci/run. */
function missingPackages() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return Object.entries(DEBIAN_PACKAGES)
    .filter(([, program]) => !folders.some((folder) => existsSync(join(folder, program))))
    .map(([name]) => name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(missingPackages().join(' '));
