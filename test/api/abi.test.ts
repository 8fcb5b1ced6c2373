import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as abi from '../../assembly/abi.ts';
import { parseConfig } from '../../src/architecture/config.ts';
import { encoderBlock } from '../../src/backend/encoder-block.ts';
import { type DescribedTensor, describeAbi, type Size } from '../../src/model/describe-abi.ts';
import { tensorSpecs } from '../../src/model/layout.ts';
import { tinyConfig, VARIANTS } from '../helpers.ts';

const ABI = new URL('../../dist/wasm/abi.json', import.meta.url);
const description = describeAbi();

/** A size as docs/abi.md says to read it. */
function resolve(size: Size, config: Record<string, unknown>): number {
  if (typeof size === 'number') return size;
  if (typeof size !== 'string') return resolve(size[0], config) + size[1];
  if (size === 'head_size') return Number(config.hidden_size) / Number(config.num_attention_heads);
  const value = config[size];
  return Array.isArray(value) ? value.length : Number(value);
}

/** The tensors that an entry stands for in a layer, as tensorSpecs() says it. */
function expand(entry: DescribedTensor, layer: number, config: Record<string, unknown>) {
  const inLayer = (name: string) => name.replace('{layer}', String(layer)).replace('*', '');
  const [rows, width] = [resolve(entry.rows, config), resolve(entry.width, config)];
  const groups = {
    outputGroup: resolve(entry.output_group, config),
    inputGroup: resolve(entry.input_group, config),
  };
  return entry.parts.flatMap((names, part) => {
    const common = { slot: entry.slot, layer, part, head: entry.head, ...groups };
    const weight = { ...common, name: inLayer(names.name), reference: inLayer(names.reference) };
    if (entry.create === 'table') return [{ ...weight, size: rows * width, linear: false }];
    const tensors = [{ ...weight, size: rows * width, linear: true }];
    if (names.bias !== null) {
      const { name, reference } = names.bias;
      tensors.push({
        ...weight,
        name: inLayer(name),
        reference: inLayer(reference),
        size: rows,
        linear: true,
      });
    }
    return tensors;
  });
}

describe('abi.json', () => {
  it('is what the build made of these sources', () => {
    expect(JSON.parse(readFileSync(ABI, 'utf8'))).toEqual(JSON.parse(JSON.stringify(description)));
  });

  it.each(
    VARIANTS.flatMap((variant) => [
      { variant },
      { variant, sentence_embedding_size: 11, num_labels: 7, token_labels: ['a', 'b'], num_hidden_layers: 3 },
      { variant, embedding_size: 13, buckets: 99, ...(variant === 'vocab' && { type_vocab_size: 0 }) },
    ]),
  )('says of $variant what tensorSpecs() says', (fields) => {
    const config = parseConfig(tinyConfig(fields));
    const specs = tensorSpecs(config);
    const entries = description.tensors.filter(({ variants }) => variants.includes(config.variant));
    const described = entries.flatMap((entry) =>
      Array.from({ length: entry.every_layer ? config.num_hidden_layers : 1 }, (_, layer) =>
        expand(entry, layer, config),
      ).flat(),
    );
    const optional = new Set(entries.filter((entry) => entry.optional).map(({ slot }) => slot));
    const byName = new Map(described.map((tensor) => [tensor.name, tensor]));
    expect(byName.size).toBe(described.length);
    for (const { name, reference, kind, shape, slot, layer, part, head, outputGroup, inputGroup } of specs) {
      const size = shape.reduce((product, one) => product * one, 1);
      const linear = kind === 'linear' || kind === 'bias';
      const groups = kind === 'bias' ? {} : { outputGroup, inputGroup };
      expect(byName.get(name)).toMatchObject({ reference, slot, layer, part, head, size, linear, ...groups });
      byName.delete(name);
    }
    expect([...byName.values()].filter(({ slot }) => !optional.has(slot))).toEqual([]);
  });

  it('has the fields of the encoder in their order, none missing', () => {
    expect(description.encoder).toMatchObject(
      Array.from({ length: abi.ENCODER_FIELDS }, (_, at) => ({
        at,
        type: at === abi.EPSILON ? 'f32' : 'i32',
      })),
    );
    const block = encoderBlock(parseConfig(tinyConfig({ architecture: { head_activation: 'relu' } })));
    const view = new DataView(block.buffer);
    expect([0, 1, 2, 3, 4, 6].map((at) => view.getInt32(at * 4, true))).toEqual([30, 2, 5, 37, 2, abi.RELU]);
    expect(view.getFloat32(abi.EPSILON * 4, true)).toBe(Math.fround(1e-5));
  });
});
