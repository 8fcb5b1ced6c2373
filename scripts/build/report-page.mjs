// What the page of a training report consists of, as strings for those who write such pages.

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { at, fileOfPackage, root } from './paths.mjs';

/**
 * Writes dist/report/page.js: the script and the style sheet, the chart library with its licence in them, and their
 * hashes: the page allows nothing else to run.
 *
 * @returns {Promise<import('esbuild').Metafile[]>}
 */
export async function buildReportPage() {
  const licence = await fileOfPackage('uplot/LICENSE');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { script: 'src/train/report/page/main.ts', style: 'src/train/report/page/page.css' },
    outdir: 'dist/report',
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    banner: {
      js: `/*! Charts: uPlot\n${licence.trim()}\n*/`,
      css: '/*! Charts: uPlot, MIT, see the script */',
    },
    logLevel: 'warning',
  });
  const lines = outputFiles.flatMap(({ path, text }) => {
    const name = basename(path, path.endsWith('.css') ? '.css' : '.js');
    const hash = createHash('sha256').update(text).digest('base64');
    return [
      `export const ${name} = ${JSON.stringify(text)};`,
      `export const ${name}Hash = 'sha256-${hash}';`,
    ];
  });
  await mkdir(at('dist', 'report'), { recursive: true });
  await writeFile(at('dist', 'report', 'page.js'), `${lines.join('\n')}\n`);
  return [metafile];
}
