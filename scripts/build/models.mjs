// The shipped models, as every place wants them.

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { commonJs } from './es5.mjs';
import { at } from './paths.mjs';

/**
 * Its configuration, its weights, and both in one module.
 *
 * @param {string} name
 */
async function shipModel(name) {
  const config = JSON.parse(await readFile(at('models', name, 'config.json'), 'utf8'));
  const weights = await readFile(at('models', name, 'model.safetensors'));
  const folder = at('dist', 'models', name);
  await mkdir(folder, { recursive: true });
  const reexport = `export { default as config } from './config.js';`;
  const files = {
    'config.js': `export default ${JSON.stringify(config)};\n`,
    'config.d.ts': 'declare const config: Record<string, unknown>;\nexport default config;\n',
    'weights.bin': weights,
    'inlined.js': `${reexport}\nexport const weights = '${weights.toString('base64')}';\n`,
    'inlined.d.ts': `${reexport}\n/** The safetensors file in base64. */\nexport declare const weights: string;\n`,
  };
  await Promise.all(Object.entries(files).map(([file, content]) => writeFile(`${folder}/${file}`, content)));
}

/**
 * A script of ES5 for hashformer/js.
 *
 * @param {string} name
 */
async function shipEs5Model(name) {
  const config = await readFile(at('models', name, 'config.json'), 'utf8');
  const weights = (await readFile(at('models', name, 'model.safetensors'))).toString('base64');
  const globalName = `hashformer${name[0]?.toUpperCase()}${name.slice(1)}`;
  const value = `{ config: ${JSON.stringify(JSON.parse(config))}, weights: '${weights}' }`;
  await writeFile(
    at('dist', 'js', `${name}.js`),
    `var ${globalName} = ${value};\n${commonJs(globalName, ['config', 'weights'])}`,
  );
  const types = 'export declare const config: object;\nexport declare const weights: string;\n';
  await writeFile(at('dist', 'js', `${name}.d.ts`), types);
}

/** Writes dist/models/, and a script a model in dist/js/, whose folder is there. */
export async function buildModels() {
  await rm(at('dist', 'models'), { recursive: true, force: true });
  const names = await readdir(at('models'));
  await Promise.all(names.flatMap((name) => [shipModel(name), shipEs5Model(name)]));
}
