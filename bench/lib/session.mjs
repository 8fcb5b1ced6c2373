// onnxruntime-web, one thread: a session over a file's bytes, and a run from and to plain arrays.

import * as ort from 'onnxruntime-web';

ort.env.wasm.numThreads = 1;
// onnxruntime warns on stderr that it falls back to a generic processor under wasm.
ort.env.logLevel = 'error';

/** { run: () => Promise<Float32Array>, release } over one fixed input. */
export async function openSession(file, input, dims) {
  const session = await ort.InferenceSession.create(file, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  // Made once: the contender does not pay for building its input.
  const feeds = { embeddings: new ort.Tensor('float32', input, dims) };
  return {
    run: async () => (await session.run(feeds)).hidden.data,
    release: () => session.release(),
  };
}
