// The modules of wasm, each in three tiers, and the same as modules of JavaScript for who can read no files.

import { readFile, writeFile } from 'node:fs/promises';
import { keep } from './kept.mjs';
import { at, fileOfPackage, runProgram } from './paths.mjs';

const TIERS = ['simd', 'relaxed', 'scalar'];
/** Modules, and what the names of their files begin with. */
const MODULES = { inference: '', training: 'training-' };

/** @param {string} name */
const version = async (name) => JSON.parse(await fileOfPackage(`${name}/package.json`)).version;

/**
 * Compiles what has changed, to dist/wasm/<module><tier>.{wasm,js}.
 *
 * @param {boolean} names whether functions are to have names, for profiles
 */
export async function buildWasm(names) {
  const options = names ? ['--debug'] : [];
  const facts = [...(await Promise.all(['assemblyscript', 'binaryen'].map(version))), ...options];
  for (const [module, prefix] of Object.entries(MODULES)) {
    for (const tier of TIERS) {
      const target = `dist/wasm/${prefix}${tier}.wasm`;
      const sources = ['assembly', 'asconfig.json', 'scripts/build/wasm.mjs'];
      await keep(`wasm, ${prefix}${tier}`, { target, sources, facts }, (path) =>
        runProgram(
          'assemblyscript',
          'bin/asc.js',
          `assembly/${module}.ts`,
          ...['--config', 'asconfig.json', '--target', tier, '--outFile', path, ...options],
        ),
      );
      const wasm = await readFile(at(target));
      await writeFile(
        at('dist', 'wasm', `${prefix}${tier}.js`),
        `export default '${wasm.toString('base64')}';\n`,
      );
    }
  }
}
