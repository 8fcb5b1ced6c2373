// The contender with int8 weights, one scale an output channel, and activations that are quantised as they come:
// what onnxruntime's quantize_dynamic makes, and what its own tools fuse that to.

import { exportedWith, MICROSOFT, skipLayerNorm, vector } from './onnx.mjs';

const LIMIT = 127;
/** ONNX's number for float32. */
const FLOAT = 1;

/**
 * - `export`: DynamicQuantizeLinear, MatMulInteger and a multiplication, attention in single operators;
 * - `fused`: DynamicQuantizeMatMul, MultiHeadAttention, SkipLayerNormalization.
 */
export const INT8_FORMS = { export: exportedWith(integerLinear), fused: fusedLayer };

function integerLinear(g, x, map) {
  const { weight, scales } = quantized(g, map);
  const [bytes, scale, zero] = g.nodes('DynamicQuantizeLinear', [x], 3);
  const sums = g.node('Cast', [g.node('MatMulInteger', [bytes, weight, zero])], { to: FLOAT });
  const product = g.node('Mul', [sums, g.node('Mul', [scale, scales])]);
  return g.node('Add', [product, vector(g, map.bias)]);
}

function fusedLinear(g, x, map) {
  const { weight, scales } = quantized(g, map);
  return g.node('DynamicQuantizeMatMul', [x, weight, scales, '', vector(g, map.bias)], {}, MICROSOFT);
}

function fusedLayer(g, x, w, config) {
  const projected = [w.query, w.key, w.value].map((map) => fusedLinear(g, x, map));
  const heads = { num_heads: config.num_attention_heads };
  const joined = g.node('MultiHeadAttention', projected, heads, MICROSOFT);
  const middle = skipLayerNorm(g, fusedLinear(g, joined, w.output), x, w.attentionNorm, config);
  const wide = g.node('Gelu', [fusedLinear(g, middle, w.up)], {}, MICROSOFT);
  return skipLayerNorm(g, fusedLinear(g, wide, w.down), middle, w.outputNorm, config);
}

/** Weights [inputs, outputs] in int8, and what each column was divided by. */
function quantized(g, { weight, inputs, outputs }) {
  const scales = new Float32Array(outputs);
  for (let i = 0; i < weight.length; i++) {
    scales[i % outputs] = Math.max(scales[i % outputs], Math.abs(weight[i]) / LIMIT);
  }
  const bytes = Int8Array.from(weight, (value, i) => Math.round(value / scales[i % outputs]));
  return { weight: g.bytes(bytes, [inputs, outputs]), scales: g.floats(scales, [outputs]) };
}
