// The same encoder, with erf GELU, a linear head on the first token and Adam, trained by TensorFlow.js on its wasm
// backend: one thread, vectors on.

import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

const EPSILON = 1e-5;

/**
 * A function that does one step, for `batch` sequences of `length` tokens, whose embeddings are given: it pays for no
 * table and no hash.
 */
export async function tfjsStep(
  { hidden_size: hidden, num_hidden_layers: layers, num_attention_heads: heads },
  batch,
  length,
) {
  setThreadsCount(1);
  setWasmPaths(
    fileURLToPath(new URL('../node_modules/@tensorflow/tfjs-backend-wasm/dist/', import.meta.url)),
  );
  await tf.setBackend('wasm');
  const matrix = (inputs, outputs) => tf.variable(tf.randomNormal([inputs, outputs], 0, 0.02));
  const bias = (outputs) => tf.variable(tf.zeros([outputs]));
  const linear = (inputs, outputs) => {
    const [weight, offset] = [matrix(inputs, outputs), bias(outputs)];
    return (x) => tf.add(tf.matMul(x, weight), offset);
  };
  const norm = () => {
    const [weight, offset] = [tf.variable(tf.ones([hidden])), bias(hidden)];
    return (x) => {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const variance = tf.mean(tf.mul(centred, centred), -1, true);
      return tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, EPSILON))), weight), offset);
    };
  };
  const split = (x) => tf.transpose(tf.reshape(x, [batch, length, heads, hidden / heads]), [0, 2, 1, 3]);
  const layer = () => {
    const [query, key, value, out] = Array.from({ length: 4 }, () => linear(hidden, hidden));
    const [widen, narrow] = [linear(hidden, 4 * hidden), linear(4 * hidden, hidden)];
    const [attentionNorm, outputNorm] = [norm(), norm()];
    return (x) => {
      const scores = tf.mul(
        tf.matMul(split(query(x)), split(key(x)), false, true),
        Math.sqrt(heads / hidden),
      );
      const context = tf.matMul(tf.softmax(scores), split(value(x)));
      const joined = tf.reshape(tf.transpose(context, [0, 2, 1, 3]), [batch * length, hidden]);
      const attended = attentionNorm(tf.add(x, out(joined)));
      const inner = widen(attended);
      const gelu = tf.mul(tf.mul(inner, 0.5), tf.add(tf.erf(tf.mul(inner, Math.SQRT1_2)), 1));
      return outputNorm(tf.add(attended, narrow(gelu)));
    };
  };
  const all = Array.from({ length: layers }, layer);
  const head = linear(hidden, 2);
  const input = tf.randomNormal([batch * length, hidden]);
  const labels = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: batch }, (_, i) => i % 2),
      'int32',
    ),
    2,
  );
  const optimizer = tf.train.adam(1e-3);
  const loss = () => {
    const states = all.reduce((x, run) => run(x), input);
    const first = tf.reshape(
      tf.slice(tf.reshape(states, [batch, length, hidden]), [0, 0, 0], [batch, 1, hidden]),
      [batch, hidden],
    );
    return tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(head(first))), -1)));
  };
  return () => {
    const cost = optimizer.minimize(loss, true);
    const [value] = cost.dataSync();
    cost.dispose();
    return value;
  };
}
