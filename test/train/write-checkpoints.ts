// A program for checkpoint.test.ts: writes checkpoints, each of whose parts tells its step, and says which are done.
// Arguments: the run's folder, the model's, how many steps to go on, and floats of the optimiser's state.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCheckpoint, writeCheckpoint } from '../../src/train/run/checkpoint.ts';
import { checksum } from '../../src/wasm/checksum.ts';
import { instantiateModule } from '../../src/wasm/module.ts';

const [folder, source, count, floats] = process.argv.slice(2) as [string, string, string, string];
const { exports } = await instantiateModule();
const sum = (bytes: Uint8Array) => checksum(exports, bytes);
const config = await readFile(join(source, 'config.json'));
const weights = await readFile(join(source, 'model.safetensors'));

const stepNow = async () => ((await readCheckpoint(folder, 'last', sum))?.state as { step?: number })?.step;

let step = (await stepNow()) ?? 0;
try {
  for (const end = step + Number(count); step < end; ) {
    step++;
    // The last number of the last tensor.
    weights.writeFloatLE(step, weights.length - 4);
    const data = new Float32Array(Number(floats)).fill(step);
    await writeCheckpoint(
      folder,
      'last',
      {
        model: new Map([
          ['config.json', config],
          ['model.safetensors', weights],
        ]),
        tensors: new Map([['x.first', { shape: [data.length], data }]]),
        state: { step },
      },
      sum,
    );
    process.stdout.write(`${step}\n`);
  }
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n${await stepNow()}\n`);
}
