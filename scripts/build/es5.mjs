// Brings TypeScript sources down to ES5: what they use of newer libraries becomes functions of src/js/library.ts, esbuild
// makes one file of them, and swc brings its syntax down, which esbuild and TypeScript do not.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { minify, transform } from '@swc/core';
import { build } from 'esbuild';
import ts from 'typescript';
import { at, root } from './paths.mjs';

/** Functions and classes that ES5 lacks, by what takes their place. */
const GLOBALS = {
  Map: 'StringMap',
  Set: 'StringSet',
  TextDecoder: 'Utf8Decoder',
  Int32Array: 'Integers',
  Uint32Array: 'Integers',
};
const STATICS = {
  'Number.isInteger': 'isInteger',
  'Number.isSafeInteger': 'isSafeInteger',
  'Number.isFinite': 'isFiniteNumber',
  'Math.trunc': 'trunc',
  'Array.from': 'arrayFrom',
  'Object.values': 'values',
  'Object.entries': 'pairs',
  'Object.fromEntries': 'fromEntries',
  'Object.assign': 'assign',
  'Object.freeze': 'freeze',
  'String.fromCodePoint': 'fromCodePoint',
};
const METHODS = {
  entries: 'indexed',
  includes: 'includes',
  find: 'find',
  fill: 'fill',
  reduceRight: 'reduceRight',
  subarray: 'subarray',
  codePointAt: 'codePointAt',
  startsWith: 'startsWith',
  trimStart: 'trimStart',
};

/** A transformer of TypeScript that replaces these, and the names that it used. */
function replaceLibrary(used) {
  const { factory } = ts;
  const take = (name) => {
    used.add(name);
    return factory.createIdentifier(`es5_${name}`);
  };
  return (context) => (file) => {
    const visit = (node) => {
      if (ts.isTypeNode(node)) return node;
      if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
        const name = `${node.expression.text}.${node.name.text}`;
        if (Object.hasOwn(STATICS, name)) return take(STATICS[name]);
      }
      if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
        const { expression, name } = node.expression;
        if (Object.hasOwn(METHODS, name.text) && !Object.hasOwn(STATICS, node.expression.getText(file))) {
          const args = [
            ts.visitNode(expression, visit),
            ...node.arguments.map((one) => ts.visitNode(one, visit)),
          ];
          return factory.createCallExpression(take(METHODS[name.text]), undefined, args);
        }
      }
      if (
        ts.isNewExpression(node) &&
        ts.isIdentifier(node.expression) &&
        Object.hasOwn(GLOBALS, node.expression.text)
      ) {
        const args = node.arguments?.map((one) => ts.visitNode(one, visit));
        return factory.createNewExpression(take(GLOBALS[node.expression.text]), undefined, args);
      }
      return ts.visitEachChild(node, visit, context);
    };
    return ts.visitEachChild(file, visit, context);
  };
}

/** Sources as esbuild is to read them: library calls replaced; errors and hashes are this build's own. */
function es5Sources(root) {
  const library = join(root, 'src', 'js', 'library.ts');
  return {
    name: 'es5-sources',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/errors\.ts$/ }, () => ({ path: join(root, 'src', 'js', 'errors.ts') }));
      onResolve({ filter: /\/backend\/hashes\.ts$/ }, () => ({
        path: join(root, 'src', 'js', 'hash', 'hashes.ts'),
      }));
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const used = new Set();
        const source = await readFile(path, 'utf8');
        const { outputText } = ts.transpileModule(source, {
          fileName: path,
          compilerOptions: {
            target: ts.ScriptTarget.ES2022,
            module: ts.ModuleKind.ESNext,
            verbatimModuleSyntax: true,
          },
          transformers: { before: path === library ? [] : [replaceLibrary(used)] },
        });
        const names = [...used].map((name) => `${name} as es5_${name}`);
        const line =
          names.length === 0 ? '' : `import { ${names.join(', ')} } from ${JSON.stringify(library)};\n`;
        return { contents: line + outputText, loader: 'js' };
      });
    },
  };
}

/**
 * One file of ES5 with the exports of an entry: in a script the properties of a global, where there is CommonJS what
 * `require` gives.
 *
 * @param names the exports, spelt out so that `import { … }` finds them in Node
 */
export async function bundleEs5(root, entry, globalName, names) {
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
    plugins: [es5Sources(root)],
    logLevel: 'warning',
  });
  const body = outputFiles[0].text.replace(/export\s*\{[^}]*\};?\s*$/, '');
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
  const { code, metafile } = await bundleEs5(root, 'src/js/index.ts', 'hashformer', [
    'load',
    'HashformerError',
  ]);
  await writeFile(at('dist', 'js', 'index.js'), code);
  // The package's own type is `module`.
  await writeFile(at('dist', 'js', 'package.json'), '{"type":"commonjs"}\n');
  return [metafile];
}

/** What makes a global's properties a CommonJS module's exports. */
export function commonJs(globalName, names) {
  const lines = names.map((name) => `exports.${name} = ${globalName}.${name};`).join(' ');
  return `if (typeof exports === 'object' && exports) { ${lines} }\n`;
}
