import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { writeSafetensors } from '../../src/formats/safetensors-writer.ts';
import type { StoredTensor } from '../../src/formats/stored-tensor.ts';
import { HashFormer, pipeline } from '../../src/index.ts';
import { tensorName, tensorSpecs } from '../../src/model/layout.ts';
import { readConfig } from '../../src/model/read-config.ts';
import {
  describeTiers,
  difference,
  differingBits,
  failure,
  floats,
  load,
  normal,
  Random,
  randomTensors,
  TEXTS,
  tiers,
  wordPieces,
} from '../helpers.ts';

const golden = (name: string) => readFileSync(new URL(`../golden/bert-random/${name}`, import.meta.url));
const CONFIG: Record<string, unknown> = JSON.parse(golden('config.json').toString());

/** The golden BERT with another config.json, or with other names of tensors. */
function bert(fields: object = {}, rename = (name: string): string | null => name) {
  const { tensors } = readSafetensors(new Uint8Array(golden('model.safetensors')), 'bert');
  const renamed = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    const to = rename(name);
    if (to !== null) renamed.set(to, tensor);
  }
  return { config: { ...CONFIG, ...fields }, weights: writeSafetensors(renamed), tokenizer: wordPieces };
}

describe('a config.json of Transformers', () => {
  it('becomes one of the variant vocab', async () => {
    expect(await readConfig(CONFIG)).toMatchObject({
      model_type: 'hashformer',
      variant: 'vocab',
      vocab_size: 600,
      first_position: 0,
      token_types: true,
      max_length: 48,
      layer_norm_eps: 1e-12,
      pooling: 'mean',
      normalize: true,
      num_labels: 3,
    });
    const roberta = { ...CONFIG, model_type: 'roberta', pad_token_id: 1 };
    expect(await readConfig(roberta)).toMatchObject({
      first_position: 2,
      token_types: false,
      max_length: 46,
    });
  });

  it('gets what Transformers takes for what it leaves out', async () => {
    expect(await readConfig({ model_type: 'bert' })).toMatchObject({
      vocab_size: 30522,
      hidden_size: 768,
      num_hidden_layers: 12,
      type_vocab_size: 2,
      layer_norm_eps: 1e-12,
      max_length: 512,
    });
    for (const model_type of ['roberta', 'xlm-roberta', 'camembert']) {
      expect(await readConfig({ model_type, pad_token_id: null })).toMatchObject({ first_position: 2 });
    }
  });

  it('may set pooling and normalize, and the length of generated texts means nothing', async () => {
    const fields = { pooling: 'cls', normalize: false, max_length: 20, problem_type: null, id2label: null };
    expect(await readConfig({ ...CONFIG, ...fields })).toMatchObject({
      pooling: 'cls',
      normalize: false,
      max_length: 48,
      num_labels: 2,
    });
  });

  it.each<[string, unknown]>([
    ['model_type', 'electra'],
    ['model_type', 'xlm-roberta-xl'],
    ['hidden_act', 'gelu_new'],
    ['hidden_act', 'relu'],
    ['position_embedding_type', 'relative_key'],
    ['is_decoder', true],
    ['add_cross_attention', true],
    ['pruned_heads', { 0: [1] }],
    ['vocab_size', 0],
    ['hash', 'simhash'],
  ])('is an error: %s = %o', async (field, value) => {
    const error = await failure(() => readConfig({ ...CONFIG, [field]: value }), 'config');
    expect(error.message).toContain(`"${field}"`);
  });

  it('is an error of a RoBERTa whose padding token is unknown', async () => {
    await failure(() => readConfig({ model_type: 'roberta', pad_token_id: 'x' }), 'config');
  });

  it('may name the exact GELU as Transformers does', async () => {
    expect(await readConfig({ ...CONFIG, hidden_act: 'gelu_python' })).toMatchObject({ hidden_act: 'gelu' });
  });
});

describe('the tensors of a BERT', () => {
  it('may have no prefix, and LayerNorms of old checkpoints', async () => {
    const expected = (await (await load(bert())).logits(TEXTS)).data;
    const old = bert({ architectures: undefined }, (name) =>
      name
        .replace(/^bert\./, '')
        .replace('LayerNorm.weight', 'LayerNorm.gamma')
        .replace('LayerNorm.bias', 'LayerNorm.beta'),
    );
    expect(differingBits((await (await load(old)).logits(TEXTS)).data, expected)).toBe(0);
  });

  it('have no classification head without a classifier, or where it classifies something else', async () => {
    const bare = await load(
      bert({ architectures: ['BertModel'] }, (name) => (name.startsWith('classifier') ? null : name)),
    );
    expect(bare.skipped).toEqual(['bert.pooler.dense.bias', 'bert.pooler.dense.weight']);
    await failure(() => bare.logits(['a']), 'missing');
    const tokens = await load(bert({ architectures: ['BertForTokenClassification'] }));
    expect(tokens.skipped).toContain('classifier.weight');
    await failure(() => tokens.logits(['a']), 'missing');
  });

  it('that are missing are named as the file names them', async () => {
    const gone = 'bert.encoder.layer.1.output.dense.weight';
    const error = await failure(
      () => HashFormer.load(bert({}, (name) => (name === gone ? null : name))),
      'weights',
    );
    expect(error.message).toContain(gone);
  });

  it('need a tokenizer.json of theirs', async () => {
    const { tokenizer: _, ...rest } = bert();
    const error = await failure(() => HashFormer.load(rest), 'tokenizer');
    expect(error.message).toContain('The variant "vocab"');
  });
});

describeTiers('a model with a vocabulary', (tier) => {
  it('works in every type, and classifies and embeds in a pipeline', async () => {
    const exact = await load(bert(), { tier });
    const logits = (await exact.logits(TEXTS)).data;
    for (const [dtype, bound] of [
      ['f16', 2e-3],
      ['bf16', 2e-2],
      ['int8', 2e-2],
    ] as const) {
      const model = await load(await exact.save(undefined, { dtype }), { tier });
      expect(difference((await model.logits(TEXTS)).data, logits), dtype).toBeLessThan(bound);
    }
    const [best] = await (await pipeline('text-classification', exact))('a man');
    expect(['A', 'B', 'C']).toContain(best!.label);
    const vectors = await (await pipeline('feature-extraction', exact))(['a man', 'no food']);
    expect(vectors.shape).toEqual([2, 36]);
    for (let i = 0; i < 2; i++) {
      const length = Math.hypot(...vectors.data.subarray(36 * i, 36 * i + 36));
      expect(length).toBeCloseTo(1, 5);
    }
  });

  it('may be fresh, from a configuration of ours or theirs', async () => {
    const { model_type: _, ...fields } = CONFIG;
    const ours = await HashFormer.init({ ...fields, variant: 'vocab', first_position: 0 }, 3, {
      tier,
      tokenizer: wordPieces,
    });
    const theirs = await HashFormer.init(CONFIG, 3, { tier, tokenizer: wordPieces });
    expect([ours.config.max_length, theirs.config.max_length]).toEqual([40, 40]);
    const [a, b] = [await ours.logits(TEXTS), await theirs.logits(TEXTS)];
    // Their epsilon is another.
    expect(difference(a.data, b.data)).toBeLessThan(1e-2);
    const { tokenizer } = await ours.save();
    expect(tokenizer).toEqual(wordPieces);
    ours.dispose();
    theirs.dispose();
  });
});

describe('a RoBERTa', () => {
  const config = { ...CONFIG, model_type: 'roberta', pad_token_id: 1, type_vocab_size: 1 };

  it('counts positions from 2, has one token type and a head of its own, as float64 says', async () => {
    const complete = await readConfig(config);
    const ours = randomTensors(complete, 9);
    const theirs = new Map<string, StoredTensor>();
    for (const spec of tensorSpecs(complete)) {
      if (spec.head === 'token') continue;
      theirs.set(tensorName(spec, 'reference'), ours.get(spec.name)!);
    }
    expect([...theirs.keys()]).toEqual(
      expect.arrayContaining([
        'roberta.embeddings.word_embeddings.weight',
        'roberta.encoder.layer.1.attention.self.query.weight',
        'classifier.dense.weight',
        'classifier.out_proj.weight',
      ]),
    );
    const files = { config, weights: writeSafetensors(theirs), tokenizer: wordPieces };
    const oracle = await load(files, { backend: 'reference' });
    const expected = [await oracle.encode(TEXTS), await oracle.logits(TEXTS)];
    for (const tier of tiers) {
      const model = await load(files, { tier });
      const got = [await model.encode(TEXTS), await model.logits(TEXTS)];
      for (const [i, { data }] of got.entries()) {
        expect(difference(data, expected[i]!.data)).toBeLessThan(1e-5);
      }
    }

    // A BERT whose position table lacks the two rows of padding, and whose tokens all have the same type.
    const random = new Random(4);
    const type = Array.from({ length: 36 }, () => normal(random));
    const table = new Float32Array(ours.get('embedding.position')!.data.slice().buffer);
    const shifted = new Map(ours);
    shifted.set('embedding.position', floats([46, 36], table.subarray(72)));
    for (const [tensors, rows] of [
      [ours, 1],
      [shifted, 2],
    ] as const) {
      tensors.set('embedding.type', floats([rows, 36], Array(rows).fill(type).flat()));
    }
    const bertConfig = { ...CONFIG, max_position_embeddings: 46 };
    const a = await load({ config, weights: writeSafetensors(ours), tokenizer: wordPieces });
    const b = await load({ config: bertConfig, weights: writeSafetensors(shifted), tokenizer: wordPieces });
    expect(differingBits((await a.encode(TEXTS)).data, (await b.encode(TEXTS)).data)).toBe(0);
  });
});
