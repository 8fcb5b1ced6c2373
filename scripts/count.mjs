// Counts the tests of the last runs from vitest's own reports, and prints `N passed, N failed`. With --ci it prints what
// was skipped too, and fails where that is not one of the skips that CI may have.

import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAY_BE_SKIPPED, MUST_HAVE_RUN } from './ci-list.mjs';

/** Folder of the reports, one a call of scripts/test.mjs. */
export const reports = fileURLToPath(new URL('../.cache/reports/', import.meta.url));

/**
 * @typedef {{ ancestorTitles: string[], title: string, status: string }} Assertion
 * @typedef {{ name: string, status: string, assertionResults: Assertion[] }} File
 */

/** @returns {Promise<string[]>} names of all reports that there are */
async function allReports() {
  const files = await readdir(reports).catch(() => []);
  return files.filter((file) => file.endsWith('.json')).map((file) => basename(file, '.json'));
}

/**
 * @param {string} name
 * @returns {Promise<File[]>}
 */
async function filesOf(name) {
  const report = await readFile(join(reports, `${name}.json`), 'utf8').catch(() => undefined);
  return report === undefined ? [] : JSON.parse(report).testResults;
}

/**
 * `N passed, N failed`; a file that fails without a test that does, at its imports or in a hook, counts as one.
 *
 * @param {readonly string[]} names of reports
 */
export async function countTests(names) {
  let passed = 0;
  let failed = 0;
  for (const { status, assertionResults } of (await Promise.all(names.map(filesOf))).flat()) {
    const those = assertionResults.filter((one) => one.status === 'failed').length;
    passed += assertionResults.filter((one) => one.status === 'passed').length;
    failed += status === 'failed' ? Math.max(1, those) : those;
  }
  return `${passed} passed, ${failed} failed`;
}

/** @returns {Promise<string[]>} what is wrong with the reports of a run of CI, a sentence each */
async function wrongInCi() {
  const names = await allReports();
  const missing = MUST_HAVE_RUN.filter((name) => !names.includes(name)).map(
    (name) => `The tests "${name}" have not run.`,
  );
  /** @type {Set<string>} */
  const skips = new Set();
  /** What is skipped in one report may have passed in another: relaxed SIMD under another Node. @type {Set<string>} */
  const passes = new Set();
  for (const name of names) {
    const files = await filesOf(name);
    if (files.length === 0) missing.push(`The report "${name}" is of no test.`);
    for (const { name: path, assertionResults } of files) {
      const file = path.slice(path.lastIndexOf('/test/') + 1);
      for (const { ancestorTitles, title, status } of assertionResults) {
        if (status === 'failed') continue;
        (status === 'passed' ? passes : skips).add(`${file}: ${[...ancestorTitles, title].join(' > ')}`);
      }
    }
  }
  const unexpected = [...skips].filter(
    (skip) => !passes.has(skip) && !MAY_BE_SKIPPED.some(({ test }) => test.test(skip)),
  );
  return [...missing, ...unexpected.map((skip) => `Skipped, and may not be (scripts/ci-list.mjs): ${skip}`)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--ci')) {
    const wrong = await wrongInCi();
    for (const sentence of wrong) console.log(sentence);
    if (wrong.length > 0) process.exitCode = 1;
  }
  console.log(await countTests(await allReports()));
}
