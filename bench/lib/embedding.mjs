// The embedding layer of a `pool`-MD5 model once more, slow and plain, after the paper: what the contender gets
// as its input, so that the outputs can be compared.

import { createHmac } from 'node:crypto';

const CHUNKS = 13;

/** Embeddings [B, L, H] of texts that are nothing but words and single spaces, all of the same length. */
export function poolEmbeddings(config, tensors, batch) {
  const hidden = config.hidden_size;
  const get = (name) => tensors[`roberta.embeddings.${name}`].data;
  const mix = softmaxOverChunks(get('adaptive_weights'), hidden);
  const components = get('component_embeddings.weight');
  const specials = get('special_token_embeddings.weight');
  const positions = get('position_embeddings.weight');
  const type = get('token_type_embeddings.weight');
  const [weight, bias] = [get('LayerNorm.weight'), get('LayerNorm.bias')];
  const rows = batch.flatMap((text) => {
    const tokens = [start, ...text.split(' ').map(ordinary), end];
    return tokens.map(({ chunks, special }, at) => {
      const row = new Float64Array(hidden);
      for (let i = 0; i < hidden; i++) {
        // RoBERTa's numbering: the first token has position 2.
        row[i] = specials[special * hidden + i] + positions[(at + 2) * hidden + i] + type[i];
        for (let c = 0; c < CHUNKS; c++) row[i] += mix[c * hidden + i] * components[chunks[c] * hidden + i];
      }
      return layerNorm(row, weight, bias, config.layer_norm_eps);
    });
  });
  const out = new Float32Array(rows.length * hidden);
  rows.forEach((row, i) => {
    out.set(row, i * hidden);
  });
  return out;
}

const start = { special: 0, chunks: new Array(CHUNKS).fill(0) };
const end = { special: 2, chunks: new Array(CHUNKS).fill(0) };

/** HMAC-MD5 under the key `en`, cut into twelve chunks of ten bits and one of eight; row 0 is for specials. */
function ordinary(word) {
  const digest = createHmac('md5', 'en').update(word).digest('hex');
  const bits = BigInt(`0x${digest}`).toString(2).padStart(128, '0');
  return {
    special: 5,
    chunks: Array.from({ length: CHUNKS }, (_, c) => Number.parseInt(bits.slice(c * 10, c * 10 + 10), 2) + 1),
  };
}

function softmaxOverChunks(weights, hidden) {
  const out = new Float64Array(CHUNKS * hidden);
  for (let i = 0; i < hidden; i++) {
    let sum = 0;
    for (let c = 0; c < CHUNKS; c++) sum += Math.exp(weights[c * hidden + i]);
    for (let c = 0; c < CHUNKS; c++) out[c * hidden + i] = Math.exp(weights[c * hidden + i]) / sum;
  }
  return out;
}

function layerNorm(row, weight, bias, epsilon) {
  const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
  const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
  return row.map((x, i) => ((x - mean) / Math.sqrt(variance + epsilon)) * weight[i] + bias[i]);
}
