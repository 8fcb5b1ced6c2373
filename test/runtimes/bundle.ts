// What a runtime's test runs there, as one file of plain JavaScript.

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ROOT } from '../cli/run.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

/**
 * A module with scenario.ts inside.
 *
 * @param contents TypeScript that imports from './scenario.ts' and whatever else lies here; by default what exports it
 * @param external what is imported from elsewhere when it runs, such as 'hashformer'
 */
export async function bundle(
  contents = `export * from './scenario.ts';`,
  external: readonly string[] = ['hashformer', 'hashformer/*', '/dist/*', `${ROOT}dist/*`],
): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    write: false,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    external: [...external],
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}
