// Brings TypeScript sources down to ES5: what they use of newer libraries becomes functions of src/js/library.ts, esbuild
// makes one file of them, and swc brings its syntax down, which esbuild and TypeScript do not.

import { writeFile } from 'node:fs/promises';
import { minify, transform } from '@swc/core';
import { build } from 'esbuild';
import { Es5Library } from './es5-library.mjs';
import { at, root } from './paths.mjs';

/**
 * Sources as esbuild is to read them: what is newer than ES5 replaced; errors are this build's own.
 *
 * @param {string} entry
 * @returns {import('esbuild').Plugin}
 */
function es5Sources(entry) {
  const errors = at('src', 'js', 'errors.ts');
  return {
    name: 'es5-sources',
    setup({ onResolve, onLoad, onEnd }) {
      const library = new Es5Library(root, [entry, errors], at('src', 'js', 'library.ts'));
      onResolve({ filter: /\/errors\.ts$/ }, () => ({ path: errors }));
      onLoad({ filter: /\.ts$/ }, ({ path }) => ({ contents: library.transform(path), loader: 'js' }));
      onEnd(({ outputFiles }) => ({ errors: library.problems(outputFiles?.[0]?.text ?? '') }));
    },
  };
}

/**
 * One file of ES5 with the exports of an entry: in a script the properties of a global, where there is CommonJS what
 * `require` gives.
 *
 * @param {string} entry path of its source
 * @param {string} globalName
 * @param {readonly string[]} names the exports, spelt out so that `import { … }` finds them in Node
 * @throws with places where the sources use what ES5 lacks and nothing replaces
 */
export async function bundleEs5(entry, globalName, names) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    write: false,
    outfile: 'index.js',
    metafile: true,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    charset: 'ascii',
    legalComments: 'none',
    plugins: [es5Sources(entry)],
    logLevel: 'warning',
  });
  const body = (outputFiles[0]?.text ?? '').replace(/export\s*\{[^}]*\};?\s*$/, '');
  const members = names.map((name) => `${name}: ${name}`).join(', ');
  const wrapped = `var ${globalName} = (function () { 'use strict'; ${body}\nreturn { ${members} }; })();`;
  const { code } = await transform(wrapped, {
    configFile: false,
    swcrc: false,
    isModule: false,
    jsc: {
      target: 'es5',
      loose: true,
      parser: { syntax: 'ecmascript' },
      assumptions: {
        iterableIsArray: true,
        arrayLikeIsIterable: true,
        setPublicClassFields: true,
        setSpreadProperties: true,
        objectRestNoSymbols: true,
        noDocumentAll: true,
        noClassCalls: true,
        ignoreFunctionLength: true,
        ignoreFunctionName: true,
        mutableTemplateObject: true,
      },
    },
  });
  const small = await minify(code, {
    ecma: 5,
    compress: { passes: 3 },
    mangle: true,
    module: false,
    toplevel: false,
    format: { asciiOnly: true, inlineScript: false },
  });
  return { code: `${small.code}\n${commonJs(globalName, names)}`, metafile };
}

/** Writes dist/js/index.js, whose folder is there: hashformer/js. */
export async function buildEs5() {
  const { code, metafile } = await bundleEs5(at('src', 'js', 'index.ts'), 'hashformer', [
    'load',
    'HashformerError',
  ]);
  await writeFile(at('dist', 'js', 'index.js'), code);
  // The package's own type is `module`.
  await writeFile(at('dist', 'js', 'package.json'), '{"type":"commonjs"}\n');
  return [metafile];
}

/**
 * What makes a global's properties a CommonJS module's exports.
 *
 * @param {string} globalName
 * @param {readonly string[]} names
 */
export function commonJs(globalName, names) {
  const lines = names.map((name) => `exports.${name} = ${globalName}.${name};`).join(' ');
  return `if (typeof exports === 'object' && exports) { ${lines} }\n`;
}
