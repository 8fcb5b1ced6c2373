// What every runtime must do alike: the public API from end to end, and one digest over many texts. The package is
// given to it, and nothing is imported that needs a runtime of its own, so that a bundle of this file runs anywhere.

import { digest } from '../digest/digest.ts';

type Package = typeof import('../../src/index.ts');
type Source = import('../../src/index.ts').Source;

export interface ScenarioOptions {
  /** test/digest/sentences.json. */
  texts: readonly string[];
  /** Tiers that this engine runs. Default: simd and scalar. */
  tiers?: readonly ('simd' | 'scalar' | 'relaxed')[];
  /** The shipped models where the package under test does not hold them: `hashformer/core`. */
  models?: { sentiment: Source; sentence: Source };
}

export interface ScenarioResult {
  /** Of the bits of all logits of `sentiment` and of all vectors of `sentence` over the texts, by tier. */
  digests: Record<string, { sentiment: string; sentence: string }>;
  /** What the calls gave, by call: plain values, and digests of long ones. */
  calls: Record<string, unknown>;
  /** What wrong calls are answered with, `code: sentence`, by call. */
  errors: Record<string, string>;
}

const TEXT = 'a gorgeous, witty, seductive movie';
const PAIR: [string, string] = ['A man eats.', 'Ein Mann ißt İn STRASSE 😀'];
const LONG = 'not '.repeat(100);
const CONFIG = {
  hidden_size: 48,
  num_hidden_layers: 1,
  num_attention_heads: 3,
  intermediate_size: 37,
  max_position_embeddings: 20,
  id2label: { 0: 'no', 1: 'maybe', 2: 'yes' },
};

/** A tensor as plain values. */
function plain({ data, shape, offsets }: import('../../src/index.ts').Tensor) {
  return { shape, digest: digest(data), ...(offsets ? { offsets: Array.from(offsets) } : {}) };
}

/**
 * Uses all of the public API that needs no file, network or optional package.
 *
 * @param hashformer the package's namespace: `import * as hashformer from 'hashformer'`
 * @returns what JSON can hold, the same on every engine, bit for bit; of `digests` the tiers that were asked for,
 *   of which simd and scalar are equal
 */
export async function scenario(hashformer: Package, options: ScenarioOptions): Promise<ScenarioResult> {
  const { pipeline } = hashformer;
  const { texts, tiers = ['simd', 'scalar'], models } = options;
  const digests: ScenarioResult['digests'] = {};
  for (const tier of tiers) {
    const classify = await pipeline('text-classification', models?.sentiment, { tier });
    const embed = await pipeline('feature-extraction', models?.sentence, { tier });
    digests[tier] = {
      sentiment: digest((await classify.model.logits(texts)).data),
      sentence: digest((await embed.model.sentences(texts)).data),
    };
    classify.dispose();
    embed.dispose();
  }
  const classify = await pipeline('text-classification', models?.sentiment);
  const embed = await pipeline('feature-extraction', models?.sentence);
  const result = {
    digests,
    calls: { ...(await shippedCalls(classify, embed)), ...(await freshCalls(hashformer)) },
    errors: await wrongCalls(hashformer, classify),
  };
  embed.dispose();
  return result;
}

type Classify = import('../../src/index.ts').TextClassificationPipeline;
type Embed = import('../../src/index.ts').FeatureExtractionPipeline;

async function shippedCalls(classify: Classify, embed: Embed) {
  const { model } = classify;
  const mixed = [TEXT, PAIR, '', LONG];
  const logits = await model.logits(mixed);
  const alone = await Promise.all(mixed.map((text) => model.logits([text])));
  return {
    labels: model.labels,
    classify: await classify(TEXT),
    classifyAll: await classify([TEXT, PAIR], { top_k: null }),
    logits: plain(logits),
    atTheSameTime: alone.map(plain),
    softmax: plain(await model.probabilities(logits, 'softmax')),
    sigmoid: plain(await model.probabilities(logits, 'sigmoid')),
    embed: plain(await embed(mixed)),
    embedTokens: plain(await embed(mixed, { pooling: 'none' })),
    encode: plain(await model.encode(mixed)),
    encodeMean: plain(await model.encode(mixed, { pooling: 'mean', normalize: true, layer: 1 })),
    encodeMax: plain(await model.encode(mixed, { pooling: 'max', batchSize: 1 })),
    tokenize: await model.tokenize(TEXT),
    tokenizePair: await model.tokenize(PAIR),
    tokenizeLong: (await model.tokenize(LONG)).truncated,
  };
}

/** Models with fresh weights, saved, loaded and asked, of every variant that needs no tokenizer.json. */
async function freshCalls({ HashFormer, hashToken, hashTokens }: Package) {
  const { codes, buckets } = await hashTokens(['movie', 'ταινία', ''], { hash: 'simhash', key: 'k' });
  const calls: Record<string, unknown> = {
    hashToken: await hashToken('movie', { key: 'en', buckets: 1000 }),
    hashTokens: { codes: Array.from(codes), buckets: Array.from(buckets) },
  };
  for (const variant of ['emb', 'pool', 'add', 'proj', 'ngram']) {
    const fresh = await HashFormer.init({ ...CONFIG, variant, buckets: 97 }, 7);
    const saved = await fresh.save();
    const small = await fresh.save(undefined, { dtype: 'int8', layout: 'reference' });
    const loaded = await HashFormer.load(small);
    calls[variant] = {
      weights: digest(saved.weights),
      int8: digest(small.weights),
      logits: plain(await fresh.logits([TEXT, PAIR])),
      int8Logits: plain(await loaded.logits([TEXT, PAIR])),
      ids: (await fresh.tokenize(TEXT)).ids,
    };
    fresh.dispose();
    loaded.dispose();
  }
  return calls;
}

/** Disposes of the model that it is given. */
async function wrongCalls({ HashFormer, HashformerError, pipeline, hashToken }: Package, classify: Classify) {
  const { model } = classify;
  const { config, weights } = await model.save();
  const damaged = weights.slice();
  damaged[weights.length - 5]! ^= 1;
  const reject = model.tokenLogits.bind(model);
  const calls: Record<string, () => Promise<unknown>> = {
    task: () => pipeline('translation' as never),
    text: () => classify(7 as never),
    topK: () => classify(TEXT, { top_k: 0 }),
    options: () => model.logits([TEXT], 3 as never),
    batchSize: () => model.logits([TEXT], { batchSize: 0.5 }),
    layer: () => model.encode([TEXT], { layer: 3 }),
    normalize: () => model.encode([TEXT], { normalize: true }),
    tier: () => HashFormer.load({ config, weights }, { tier: 'fast' as never }),
    source: () => HashFormer.load({} as never),
    config: () => HashFormer.load({ config: { ...config, hidden_size: 0 }, weights }),
    mismatch: () => HashFormer.load({ config: { ...config, hidden_size: 64 }, weights }),
    truncated: () => HashFormer.load({ config, weights: weights.slice(0, 100_000) }),
    damaged: () => HashFormer.load({ config, weights: damaged }),
    head: () => reject([TEXT]),
    seed: () => HashFormer.init({ ...CONFIG, variant: 'emb' }, -1),
    hash: () => hashToken('a', { hash: 'sha1' as never }),
    // Not every engine has an AbortController; this is what the package sees of its signal.
    aborted: () => model.logits([TEXT], { signal: { aborted: true } as AbortSignal }),
    disposed: async () => {
      classify.dispose();
      return classify(TEXT);
    },
  };
  const errors: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) errors[name] = await failure(call(), HashformerError);
  return errors;
}

/** What a call that must fail fails with, `code: sentence`. */
function failure(call: Promise<unknown>, HashformerError: Package['HashformerError']): Promise<string> {
  return call.then(
    () => 'no error',
    (error) => (error instanceof HashformerError ? `${error.code}: ${error.message}` : `not ours: ${error}`),
  );
}

/**
 * Loads models over HTTP, whole ones and what becomes of them on a bad line.
 *
 * @param address of the folder `models/` as the repository has it, with the folders `truncated` (a weight file that
 *   stops early), `empty` (no files) and `broken` (every file is answered with status 500) beside the models
 * @returns as scenario(): digests of what the models answer, and errors by folder, their words without the address
 */
export async function scenarioOverHttp({ HashFormer, HashformerError }: Package, address: string) {
  const model = await HashFormer.load(`${address}/sentiment`);
  const logits = plain(await model.logits([TEXT, PAIR]));
  model.dispose();
  const errors: Record<string, string> = {};
  for (const folder of ['truncated', 'empty', 'broken']) {
    const words = await failure(HashFormer.load(`${address}/${folder}`), HashformerError);
    errors[folder] = words.replaceAll(address, '');
  }
  return { logits, errors };
}
