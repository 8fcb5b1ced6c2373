// Builds everything that the package ships. What takes seconds is always made anew, so that what dist/ holds is made
// from the sources as they are; wasm and the Unicode tables are kept while their sources are the same, by contents.
//
//   node scripts/build.mjs [--debug]    with names of functions in wasm, for profiles

import { mkdir, rm } from 'node:fs/promises';
import { buildAbi } from './build/abi.mjs';
import { buildBundles } from './build/bundles.mjs';
import { buildEs5 } from './build/es5.mjs';
import { keep } from './build/kept.mjs';
import { buildModels } from './build/models.mjs';
import { writeNotices } from './build/notices.mjs';
import { at, fileOfPackage } from './build/paths.mjs';
import { buildPlayground } from './build/playground.mjs';
import { buildReportPage } from './build/report-page.mjs';
import { buildTypes } from './build/types.mjs';
import { writeUnicodeTables } from './build/unicode.mjs';
import { buildWasm } from './build/wasm.mjs';

await keep(
  'Unicode tables',
  {
    target: 'src/tokenizer/tables.ts',
    sources: ['scripts/build/unicode.mjs'],
    facts: [await fileOfPackage('@unicode/unicode-14.0.0/package.json')],
  },
  writeUnicodeTables,
);
await buildWasm(process.argv.includes('--debug'));
await buildAbi();
await rm(at('dist', 'js'), { recursive: true, force: true });
await mkdir(at('dist', 'js'), { recursive: true });
// Read by bundles that are made after them.
await buildModels();
const report = await buildReportPage();
const bundles = await Promise.allSettled([buildBundles(), buildPlayground(), buildEs5()]);
// All have ended, so that each says what is wrong with it.
const failures = bundles.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
for (const { message } of failures) console.error(`build: ${message}`);
if (failures.length > 0) process.exit(1);
await writeNotices(
  [report, ...bundles.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))].flat(),
);
await buildTypes();
