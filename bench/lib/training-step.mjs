// What a training step of an encoder has to compute: its texts, its matrix products, its floating-point operations.

import { randomNumbers, texts, words } from './words.mjs';

export const BATCH = 32;

/**
 * config.json of a preset's kind, `ngram` embeddings: [layers, hidden size, rows of the table and their width].
 *
 * @param {number[]} shape
 */
export function trainedConfig([layers, hidden, buckets, width]) {
  return {
    model_type: 'hashformer',
    variant: 'ngram',
    tokenizer: 'unicode',
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: hidden / 64,
    intermediate_size: 4 * hidden,
    max_position_embeddings: 66,
    num_labels: 2,
    buckets,
    embedding_size: width,
    hash_keys: ['en', 'en1'],
  };
}

/** Tokens of each text, `<s>` and `</s>` included: all 64, or as SST-2's phrases have them, 12 on average. */
export const LENGTHS = {
  64: Array.from({ length: BATCH }, () => 64),
  'about 12': phraseLengths(),
};

/** Lengths of an exponential distribution from 3 tokens on, the same for every bench. */
function phraseLengths() {
  const random = randomNumbers(5);
  return Array.from({ length: BATCH }, () => Math.min(52, 3 + Math.floor(-9.5 * Math.log(1 - random()))));
}

/** A batch of texts of so many tokens with a class each. */
export function labelledTexts(lengths, seed) {
  const all = lengths.every((length) => length === lengths[0])
    ? texts(lengths.length, lengths[0], seed)
    : lengths.map((length, i) => words(length - 2, seed + i).join(' '));
  return { texts: all, labels: lengths.map((_, i) => i % 2) };
}

/** [inputs, outputs, how often] of the linear layers that run over all rows. */
function linearLayers({ hidden_size: hidden, num_hidden_layers: layers, embedding_size: width }) {
  return [
    [width, hidden, 1],
    [hidden, 3 * hidden, layers],
    [hidden, hidden, layers],
    [hidden, 4 * hidden, layers],
    [4 * hidden, hidden, layers],
  ];
}

/** Rows that a bare product of the weights' gradient sums at a time: training has fewer, for which a product is slower. */
const ROW_BLOCK = 256;

/** The products of a step, [M, K, N, how often]: forward, gradient of the input, gradient of the weights. */
export function products(config, rows) {
  const blocks = [
    [ROW_BLOCK, Math.floor(rows / ROW_BLOCK)],
    [rows % ROW_BLOCK, 1],
  ].filter(([size, count]) => size > 0 && count > 0);
  return linearLayers(config).flatMap(([inputs, outputs, count]) => [
    [rows, inputs, outputs, count],
    [rows, outputs, inputs, count],
    ...blocks.map(([size, times]) => [inputs, size, outputs, count * times]),
  ]);
}

/** Operations of those products. */
export function linearOperations(config, rows) {
  return products(config, rows).reduce((sum, [m, k, n, count]) => sum + 2 * m * k * n * count, 0);
}

/** Operations of attention's products, forward and twice that backward; what is computed again does not count. */
export function attentionOperations({ hidden_size: hidden, num_hidden_layers: layers }, lengths) {
  return lengths.reduce((sum, length) => sum + 3 * 4 * length * length * hidden * layers, 0);
}
