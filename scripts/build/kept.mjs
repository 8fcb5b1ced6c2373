// What takes long to make is kept while what it is made from is the same, by contents: times say nothing of a source
// that was removed or renamed, or that another checkout has touched.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { at, root } from './paths.mjs';

/**
 * All files below a path, sorted; a file is itself, and of what is not there an error is thrown.
 *
 * @param {string} path
 * @returns {Promise<string[]>}
 */
async function filesBelow(path) {
  if (!(await stat(path)).isDirectory()) return [path];
  const below = await Promise.all((await readdir(path)).sort().map((name) => filesBelow(join(path, name))));
  return below.flat();
}

/**
 * SHA-256 of a list of files, their names and their contents, and of facts.
 *
 * @param {readonly string[]} paths files and folders
 * @param {readonly string[]} facts
 */
async function fingerprint(paths, facts) {
  const hash = createHash('sha256').update(JSON.stringify(facts));
  for (const file of (await Promise.all(paths.map(filesBelow))).flat()) {
    const bytes = await readFile(file);
    hash.update(`\n${relative(root, file)}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

/**
 * Makes a file unless it is what was made last, from the same.
 *
 * @param {string} name for people
 * @param {object} what
 * @param {string} what.target path of the file, below the repository's folder
 * @param {readonly string[]} what.sources files and folders that it is made from, the script that makes it among them
 * @param {readonly string[]} [what.facts] what it depends on besides: versions of packages
 * @param {string} [what.records] folder of the records of what was made
 * @param {(target: string) => Promise<void> | void} make
 * @returns {Promise<boolean>} whether it was made
 */
export async function keep(name, { target, sources, facts = [], records = at('.cache', 'build') }, make) {
  const record = join(records, `${target.replaceAll('/', '-')}.json`);
  const path = at(target);
  const made = await fingerprint(
    sources.map((source) => at(source)),
    facts,
  );
  const hashOf = () => fingerprint([path], []);
  const last = JSON.parse(await readFile(record, 'utf8').catch(() => '{}'));
  if (last.made === made && last.target === (await hashOf().catch(() => ''))) return false;
  process.stderr.write(`build: ${name}\n`);
  await mkdir(dirname(path), { recursive: true });
  await make(path);
  await mkdir(records, { recursive: true });
  await writeFile(record, JSON.stringify({ made, target: await hashOf() }));
  return true;
}
