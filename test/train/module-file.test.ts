import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, temporaryFolder } from '../cli/run.ts';

const at = await temporaryFolder();

/** Trains a little and prints the loss. */
const PROGRAM = `
  import { HashFormer } from './dist/node/index.js';
  import { Trainer } from './dist/node/train.js';
  const config = { variant: 'pool', hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32, max_position_embeddings: 16 };
  const model = await (await HashFormer.init(config, 1)).save();
  const trainer = await Trainer.create({ model, task: 'text-classification', labels: ['a', 'b'] });
  console.log((await trainer.backward({ texts: ['x y', 'z'], labels: ['a', 'b'] })).loss);`;

/** The package's bundle for Node with those files of dist/wasm that end so, and what the program prints there. */
async function lossWith(ending: string): Promise<string> {
  const folder = at(`only${ending}`);
  await mkdir(join(folder, 'dist', 'wasm'), { recursive: true });
  await cp(`${ROOT}/dist/node`, join(folder, 'dist', 'node'), { recursive: true });
  for (const name of await readdir(`${ROOT}/dist/wasm`)) {
    if (name.endsWith(ending)) await cp(`${ROOT}/dist/wasm/${name}`, join(folder, 'dist', 'wasm', name));
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'program.js'), PROGRAM);
  return execFileSync(process.execPath, ['program.js'], { cwd: folder, encoding: 'utf8' });
}

it('trains by the wasm file beside the bundle, and by the inlined copy where there is none', async () => {
  const read = await lossWith('.wasm');
  expect(Number(read)).toBeGreaterThan(0.1);
  expect(await lossWith('.js')).toBe(read);
});
