// dist/wasm/abi.json: what hosts in other languages need of the wasm module.

import { mkdir, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { at, root } from './paths.mjs';

export async function buildAbi() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/model/describe-abi.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  });
  const program = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  const { describeAbi } = await import(`data:text/javascript;base64,${program}`);
  await mkdir(at('dist', 'wasm'), { recursive: true });
  await writeFile(at('dist', 'wasm', 'abi.json'), `${JSON.stringify(describeAbi(), null, 2)}\n`);
}
