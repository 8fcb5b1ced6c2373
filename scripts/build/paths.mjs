// Where things are: the repository, its packages, and their programs.

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

/**
 * A path in the repository.
 *
 * @param {string[]} parts
 */
export const at = (...parts) => join(root, ...parts);

/** @returns {Promise<Record<string, any>>} package.json as it is now */
export async function readManifest() {
  return JSON.parse(await readFile(at('package.json'), 'utf8'));
}

/**
 * A file of an installed package, by its path in node_modules: packages need not export it.
 *
 * @param {string} path
 * @returns {Promise<string>}
 */
export function fileOfPackage(path) {
  const folders = require.resolve.paths(path) ?? [];
  return folders.reduce(
    (found, folder) => found.catch(() => readFile(join(folder, path), 'utf8')),
    /** @type {Promise<string>} */ (Promise.reject(new Error(`There is no node_modules/${path}.`))),
  );
}

/**
 * Runs a program of a package with this Node.
 *
 * @param {string} name of the package
 * @param {string} file its script
 * @param {string[]} args
 * @throws where it ends with another status than 0
 */
export function runProgram(name, file, ...args) {
  const program = join(dirname(require.resolve(`${name}/package.json`)), file);
  execFileSync(process.execPath, [program, ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}
