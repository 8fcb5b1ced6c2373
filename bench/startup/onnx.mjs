// The same of onnxruntime-web with a bare encoder (the path of its file is the argument): for context.

import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-web';

ort.env.wasm.numThreads = 1;
const [file, hidden, length] = [process.argv[2], Number(process.argv[3]), 16];
const session = await ort.InferenceSession.create(await readFile(file), { executionProviders: ['wasm'] });
const embeddings = new ort.Tensor('float32', new Float32Array(length * hidden).fill(0.1), [
  1,
  length,
  hidden,
]);
console.log((await session.run({ embeddings })).hidden.data[0]);
