// Types of results follow the options: what is wrong here does not compile.

import { expectTypeOf } from 'vitest';
import type {
  Classification,
  ClassifyOptions,
  FeatureExtractionPipeline,
  Matrix,
  Pipeline,
  RaggedTensor,
  TextClassificationPipeline,
  TokenClassification,
  TokenClassificationPipeline,
} from '../../src/index.ts';
import { type HashFormer, pipeline } from '../../src/index.ts';
import type { Model } from '../../src/js/index.ts';
import type { Text } from '../../src/tokenizer/text.ts';

type One = Classification[];
type Lists = Classification[][];

declare const model: HashFormer;
declare const light: Model;
declare const text: string;
declare const texts: string[];
declare const frozen: readonly string[];
declare const mixed: Text[];
declare const either: string | string[];
declare const count: number;
declare const countOrAll: number | null;
declare const oneOrAll: 1 | null;
declare const given: ClassifyOptions;
declare const signal: AbortSignal;

// The pipeline follows from the task, by all names that it has.
const classify = await pipeline('text-classification');
expectTypeOf(classify).toEqualTypeOf<TextClassificationPipeline>();
expectTypeOf(await pipeline('sentiment-analysis', 'sentiment')).toEqualTypeOf<TextClassificationPipeline>();
const extract = await pipeline('feature-extraction', 'sentence', { tier: 'simd' });
expectTypeOf(extract).toEqualTypeOf<FeatureExtractionPipeline>();
expectTypeOf(await pipeline('embeddings')).toEqualTypeOf<FeatureExtractionPipeline>();
const tag = await pipeline('token-classification', model);
expectTypeOf(tag).toEqualTypeOf<TokenClassificationPipeline>();
expectTypeOf(await pipeline('ner', './folder')).toEqualTypeOf<TokenClassificationPipeline>();
expectTypeOf<Pipeline<'text-classification'>>().toEqualTypeOf<TextClassificationPipeline>();
expectTypeOf<Pipeline<'ner'>>().toEqualTypeOf<TokenClassificationPipeline>();
declare const task: 'text-classification' | 'feature-extraction';
expectTypeOf(await pipeline(task)).toEqualTypeOf<TextClassificationPipeline | FeatureExtractionPipeline>();
// @ts-expect-error: there is no such task
await pipeline('translation');
// @ts-expect-error: there is no such option
await pipeline('text-classification', 'sentiment', { device: 'webgpu' });

// One text: its labels, whatever is asked for.
expectTypeOf(await classify(text)).toEqualTypeOf<One>();
expectTypeOf(await classify(text, undefined)).toEqualTypeOf<One>();
expectTypeOf(await classify(text, {})).toEqualTypeOf<One>();
expectTypeOf(await classify(text, { top_k: 3 })).toEqualTypeOf<One>();
expectTypeOf(await classify(text, { topK: null, signal })).toEqualTypeOf<One>();
expectTypeOf(await classify(text, given)).toEqualTypeOf<One>();

// Texts: a label each, or a list each.
expectTypeOf(await classify(texts)).toEqualTypeOf<One>();
// Nothing can be told from an undefined that is spelt out.
expectTypeOf(await classify(texts, undefined)).toEqualTypeOf<One | Lists>();
expectTypeOf(await classify(texts, { signal, batchSize: 8 })).toEqualTypeOf<One>();
expectTypeOf(await classify(texts, { top_k: 1 })).toEqualTypeOf<One>();
expectTypeOf(await classify(texts, { topK: 1 })).toEqualTypeOf<One>();
expectTypeOf(await classify(texts, { top_k: 3 })).toEqualTypeOf<Lists>();
expectTypeOf(await classify(texts, { topK: 3 })).toEqualTypeOf<Lists>();
expectTypeOf(await classify(texts, { top_k: null })).toEqualTypeOf<Lists>();
expectTypeOf(await classify(texts, { topK: null, signal })).toEqualTypeOf<Lists>();
expectTypeOf(await classify(texts, { top_k: 2, topK: 1 })).toEqualTypeOf<Lists>();
expectTypeOf(await classify(texts, { top_k: 1, topK: 2 })).toEqualTypeOf<One>();

// Either, where only the program's run tells.
expectTypeOf(await classify(texts, { top_k: count })).toEqualTypeOf<One | Lists>();
expectTypeOf(await classify(texts, { topK: countOrAll })).toEqualTypeOf<One | Lists>();
expectTypeOf(await classify(texts, { top_k: oneOrAll })).toEqualTypeOf<One | Lists>();
expectTypeOf(await classify(texts, given)).toEqualTypeOf<One | Lists>();
const held = { top_k: 3 };
expectTypeOf(await classify(texts, held)).toEqualTypeOf<One | Lists>();
const fixed = { top_k: 3 } as const;
expectTypeOf(await classify(texts, fixed)).toEqualTypeOf<Lists>();

// All kinds of texts.
expectTypeOf(await classify(frozen, { top_k: 3 })).toEqualTypeOf<Lists>();
expectTypeOf(await classify(mixed)).toEqualTypeOf<One>();
expectTypeOf(await classify([['premise', 'hypothesis']])).toEqualTypeOf<One>();
expectTypeOf(await classify(['a', ['b', 'c']], { top_k: null })).toEqualTypeOf<Lists>();
expectTypeOf(await classify(['a', 'b'] as const)).toEqualTypeOf<One>();
expectTypeOf(await classify(either)).toEqualTypeOf<One>();
expectTypeOf(await classify(either, { top_k: 3 })).toEqualTypeOf<One | Lists>();
// @ts-expect-error: no text
await classify(5);
// @ts-expect-error: no texts
await classify(['a', 5]);
// @ts-expect-error: there is no such option
await classify(texts, { topk: 3 });
// @ts-expect-error: there is no such option, beside one that there is
await classify(texts, { topk: 3, top_k: 3 });
// @ts-expect-error: no number
await classify(texts, { top_k: '3' });

// The build for ES5 likewise, at once.
expectTypeOf(light.classify(text, { top_k: 3 })).toEqualTypeOf<One>();
expectTypeOf(light.classify(texts)).toEqualTypeOf<One>();
expectTypeOf(light.classify(frozen, { top_k: 3 })).toEqualTypeOf<Lists>();
expectTypeOf(light.classify(texts, { topK: null })).toEqualTypeOf<Lists>();
expectTypeOf(light.classify(either, { top_k: count })).toEqualTypeOf<One | Lists>();
// @ts-expect-error: there is no such option
light.classify(texts, { topk: 3, top_k: 3 });

// Labels of tokens.
expectTypeOf(await tag(text)).toEqualTypeOf<TokenClassification[]>();
expectTypeOf(await tag(frozen, { ignore_labels: [] })).toEqualTypeOf<TokenClassification[][]>();
expectTypeOf(await tag(either)).toEqualTypeOf<TokenClassification[] | TokenClassification[][]>();
// @ts-expect-error: tokens of pairs are not labelled
await tag([['a', 'b']]);

// Tensors: lists are as deep as the options say.
expectTypeOf(await extract(texts)).toEqualTypeOf<Matrix | RaggedTensor>();
expectTypeOf(await extract(texts, { pooling: 'mean', normalize: true })).toEqualTypeOf<Matrix>();
expectTypeOf((await extract(text, { pooling: 'none' })).tolist()).toEqualTypeOf<number[][][]>();
expectTypeOf((await model.encode(texts)).offsets).toEqualTypeOf<Uint32Array>();
expectTypeOf((await model.encode(texts, { pooling: 'cls' })).tolist()).toEqualTypeOf<number[][]>();
expectTypeOf((await model.encode(texts, { layer: 1 })).tolist()).toEqualTypeOf<number[][][]>();
expectTypeOf((await model.sentences(texts)).tolist()).toEqualTypeOf<number[][]>();
expectTypeOf((await model.logits(texts)).dims).toEqualTypeOf<readonly number[]>();
expectTypeOf((await model.tokenLogits(texts)).tolist()).toEqualTypeOf<number[][][]>();
// What a worker was sent is one for probabilities(), too.
expectTypeOf(
  await model.probabilities({ data: new Float32Array(2), shape: [1, 2] }, 'softmax'),
).toEqualTypeOf<Matrix>();
// @ts-expect-error: there is no such option
await model.encode(texts, { poling: 'cls', layer: 1 });
