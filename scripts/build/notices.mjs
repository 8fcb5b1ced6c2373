// THIRD-PARTY-NOTICES.txt: what of others' is in the files that the package ships, and on which terms.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { at } from './paths.mjs';

/** Where licences are of packages that come without their own: they are parts of others. */
const LICENCE_ELSEWHERE = /** @type {Record<string, string[]>} */ ({
  '@assemblyscript/loader': ['node_modules/assemblyscript/LICENSE', 'node_modules/assemblyscript/NOTICE'],
});

/** What comes in by other ways than an import: compiled into wasm, made into tables, added to their output by tools. */
const OTHERS = [
  {
    name: "AssemblyScript's standard library",
    where: 'dist/wasm',
    files: ['node_modules/assemblyscript/LICENSE', 'node_modules/assemblyscript/NOTICE'],
  },
  {
    name: 'Unicode Character Database 14.0, by the package @unicode/unicode-14.0.0 (MIT)',
    where: 'tables in every bundle',
    files: ['scripts/licences/unicode-3.0.txt'],
  },
  { name: 'esbuild, its helpers', where: 'every bundle', files: ['node_modules/esbuild/LICENSE.md'] },
  { name: 'swc, its helpers', where: 'dist/js', files: ['node_modules/@swc/core/LICENSE'] },
];

/**
 * The packages whose sources went into bundles.
 *
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @returns {string[]} names, sorted
 */
export function bundledPackages(metafiles) {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) => Object.keys(output.inputs)),
  );
  const names = inputs.map((path) => path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

/**
 * Paths of a package's licences.
 *
 * @param {string} name
 */
async function licencesOf(name) {
  const own = (await readdir(at('node_modules', name))).filter((file) =>
    /^(licen[cs]e|copying|copyright|notice)/i.test(file),
  );
  const files = own.map((file) => `node_modules/${name}/${file}`);
  if (files.length > 0) return files;
  const elsewhere = LICENCE_ELSEWHERE[name];
  if (elsewhere === undefined) {
    throw new Error(`${name} is bundled, but has no licence: add its place to scripts/build/notices.mjs.`);
  }
  return elsewhere;
}

/**
 * Writes THIRD-PARTY-NOTICES.txt.
 *
 * @param {readonly import('esbuild').Metafile[]} metafiles of all bundles that are shipped
 */
export async function writeNotices(metafiles) {
  const packages = await Promise.all(
    bundledPackages(metafiles).map(async (name) => {
      const { version, license } = JSON.parse(
        await readFile(at('node_modules', name, 'package.json'), 'utf8'),
      );
      return { title: `${name} ${version} (${license})`, files: await licencesOf(name) };
    }),
  );
  const others = OTHERS.map(({ name, where, files }) => ({ title: `${name} (${where})`, files }));
  /** @type {Map<string, string[]>} titles by the text that they share */
  const notices = new Map();
  for (const { title, files } of [...packages, ...others]) {
    const texts = await Promise.all(files.map(async (file) => (await readFile(at(file), 'utf8')).trim()));
    const text = texts.join('\n\n');
    notices.set(text, [...(notices.get(text) ?? []), title]);
  }
  const rule = '-'.repeat(80);
  const parts = [...notices].map(([text, titles]) => `${rule}\n${titles.join('\n')}\n${rule}\n\n${text}\n`);
  const head =
    'hashformer contains software and data of others, on the terms below. Its own licence is in LICENSE.\n';
  await writeFile(at('THIRD-PARTY-NOTICES.txt'), [head, ...parts].join('\n'));
}
