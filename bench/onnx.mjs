// The contender's file: the bare encoder, embeddings [B, L, H] in, last hidden states [B, L, H] out, with the
// model's own weights. It is written in several forms, because onnxruntime is faster on some than on others:
// the bench runs the fastest.

import { Graph } from './lib/graph.mjs';

export const MICROSOFT = { domain: 'com.microsoft' };
const OPSET = 17;

/**
 * From nothing but standard operators to the ones that onnxruntime's own tools fuse them to:
 * - `export`: what an exporter writes; onnxruntime fuses what it recognises when it loads the file;
 * - `fused`: Attention, SkipLayerNormalization and BiasGelu, as its BERT optimiser makes them;
 * - `gemm`: Attention, and rows of the whole batch otherwise, so that every product is a Gemm with its bias.
 */
export const FORMS = { export: exportedLayer, fused: fusedLayer, gemm: gemmLayer };

/** Bytes of an ONNX file with the weights of `tensors` (readSafetensors), each layer in the form that `write` has. */
export function encoderFile(config, tensors, write) {
  const graph = new Graph();
  let x = 'embeddings';
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    x = write(graph, x, layerWeights(config, tensors, layer), config);
  }
  const dims = ['B', 'L', config.hidden_size];
  return graph.encode({ name: 'embeddings', dims }, { name: 'hidden', value: x, dims }, OPSET);
}

function exportedLayer(g, x, w, config) {
  return exportedWith(linear)(g, x, w, config);
}

/** The same with another way to write a linear map. */
export const exportedWith = (linear) => (g, x, w, config) => {
  const heads = config.num_attention_heads;
  const size = config.hidden_size / heads;
  const split = g.integers([0, 0, heads, size]);
  const head = (map, perm) => g.node('Transpose', [g.node('Reshape', [linear(g, x, map), split])], { perm });
  const scores = g.node('MatMul', [head(w.query, [0, 2, 1, 3]), head(w.key, [0, 2, 3, 1])]);
  const scaled = g.node('Div', [scores, g.floats([Math.sqrt(size)], [])]);
  const mixed = g.node('MatMul', [g.node('Softmax', [scaled], { axis: -1 }), head(w.value, [0, 2, 1, 3])]);
  const rows = g.node('Transpose', [mixed], { perm: [0, 2, 1, 3] });
  const joined = g.node('Reshape', [rows, g.integers([0, 0, config.hidden_size])]);
  const middle = layerNorm(g, g.node('Add', [linear(g, joined, w.output), x]), w.attentionNorm, config);
  const wide = erfGelu(g, linear(g, middle, w.up));
  return layerNorm(g, g.node('Add', [linear(g, wide, w.down), middle]), w.outputNorm, config);
};

function fusedLayer(g, x, w, config) {
  const joined = attention(g, x, w, config);
  const middle = skipLayerNorm(g, product(g, joined, w.output), x, w.attentionNorm, config, w.output.bias);
  const wide = g.node('BiasGelu', [product(g, middle, w.up), vector(g, w.up.bias)], {}, MICROSOFT);
  return skipLayerNorm(g, product(g, wide, w.down), middle, w.outputNorm, config, w.down.bias);
}

function gemmLayer(g, x, w, config) {
  const flat = g.integers([-1, config.hidden_size]);
  const joined = g.node('Reshape', [attention(g, x, w, config), flat]);
  const residual = g.node('Reshape', [x, flat]);
  const middle = skipLayerNorm(g, gemm(g, joined, w.output), residual, w.attentionNorm, config);
  const wide = g.node('Gelu', [gemm(g, middle, w.up)], {}, MICROSOFT);
  const out = skipLayerNorm(g, gemm(g, wide, w.down), middle, w.outputNorm, config);
  return g.node('Reshape', [out, g.node('Shape', ['embeddings'])]);
}

const matrix = (g, map) => g.floats(map.weight, [map.inputs, map.outputs]);
export const vector = (g, data) => g.floats(data, [data.length]);
const product = (g, x, map) => g.node('MatMul', [x, matrix(g, map)]);
const linear = (g, x, map) => g.node('Add', [product(g, x, map), vector(g, map.bias)]);
const gemm = (g, x, map) => g.node('Gemm', [x, matrix(g, map), vector(g, map.bias)]);

/** The whole of self-attention up to the output projection. */
function attention(g, x, w, config) {
  const inputs = [x, matrix(g, w.packed), vector(g, w.packed.bias)];
  return g.node('Attention', inputs, { num_heads: config.num_attention_heads }, MICROSOFT);
}

function layerNorm(g, x, norm, config) {
  const inputs = [x, vector(g, norm.weight), vector(g, norm.bias)];
  return g.node('LayerNormalization', inputs, { axis: -1, epsilon: config.layer_norm_eps });
}

/** LayerNorm(x + residual + bias) as one operator. */
export function skipLayerNorm(g, x, residual, norm, config, bias) {
  const inputs = [x, residual, vector(g, norm.weight), vector(g, norm.bias)];
  if (bias) inputs.push(vector(g, bias));
  return g.node('SkipLayerNormalization', inputs, { epsilon: config.layer_norm_eps }, MICROSOFT);
}

/** x · (1 + erf(x / √2)) / 2 in the operators of an exporter. */
function erfGelu(g, x) {
  const erf = g.node('Erf', [g.node('Div', [x, g.floats([Math.SQRT2], [])])]);
  const twice = g.node('Mul', [x, g.node('Add', [erf, g.floats([1], [])])]);
  return g.node('Mul', [twice, g.floats([0.5], [])]);
}

/** A layer's weights, matrices turned to [inputs, outputs] as MatMul reads them. */
function layerWeights({ hidden_size: hidden, intermediate_size: wide }, tensors, layer) {
  const get = (name) => tensors[`roberta.encoder.layer.${layer}.${name}`].data;
  const map = (name, outputs, inputs) => ({
    weight: transpose(get(`${name}.weight`), outputs, inputs),
    bias: get(`${name}.bias`),
    inputs,
    outputs,
  });
  const norm = (name) => ({ weight: get(`${name}.weight`), bias: get(`${name}.bias`) });
  const [query, key, value] = ['query', 'key', 'value'].map((n) =>
    map(`attention.self.${n}`, hidden, hidden),
  );
  return {
    query,
    key,
    value,
    packed: sideBySide([query, key, value]),
    output: map('attention.output.dense', hidden, hidden),
    attentionNorm: norm('attention.output.LayerNorm'),
    up: map('intermediate.dense', wide, hidden),
    down: map('output.dense', hidden, wide),
    outputNorm: norm('output.LayerNorm'),
  };
}

function transpose(data, rows, columns) {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c];
  }
  return out;
}

/** Linear maps of the same input and size as one: their columns next to each other. */
function sideBySide(maps) {
  const { inputs, outputs } = maps[0];
  const width = outputs * maps.length;
  const weight = new Float32Array(inputs * width);
  const bias = new Float32Array(width);
  maps.forEach((map, i) => {
    bias.set(map.bias, i * outputs);
    for (let r = 0; r < inputs; r++) {
      weight.set(map.weight.subarray(r * outputs, (r + 1) * outputs), r * width + i * outputs);
    }
  });
  return { weight, bias, inputs, outputs: width };
}
