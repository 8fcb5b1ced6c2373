// A training of every kind, all in memory, for any place: what it computes, number by number, and what it refuses.
// It imports nothing, so that pages, workers, Deno and Bun run it as it is; the package's modules are given to it.

type Main = typeof import('../../src/index.ts');
type Train = typeof import('../../src/train/train.ts');

const GOOD = ['good', 'great', 'witty', 'lovely', 'superb'];
const BAD = ['bad', 'dull', 'awful', 'boring', 'weak'];
const NOUNS = ['film', 'story', 'plot', 'cast', 'scene', 'score', 'naïveté', '映画'];

/** Sentences that one word gives away. */
export function sentences(count: number) {
  const texts = Array.from({ length: count }, (_, i) => {
    const words = Array.from({ length: 2 + (i % 5) }, (_, j) => NOUNS[(3 * i + 5 * j) % NOUNS.length]!);
    const told = (i % 2 === 0 ? GOOD : BAD)[(i >> 1) % 5]!;
    return [...words, told].join(' ');
  });
  return { texts, labels: texts.map((_, i) => (i % 2 === 0 ? 'pos' : 'neg')) };
}

/** FNV-1a over the bytes of numbers. */
function digest(arrays: readonly { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }[]) {
  let hash = 0x811c9dc5;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    for (const byte of new Uint8Array(buffer, byteOffset, byteLength))
      hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}

const CONFIG = {
  variant: 'pool',
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 64,
  max_position_embeddings: 34,
  id2label: { 0: 'neg', 1: 'pos' },
} as const;

const HOW = { tier: 'simd', seed: 5, batchSize: 8, evaluateEvery: 4 } as const;

/** What every place must compute alike: losses, digests of gradients, of weights and of logits. */
export async function compute({ HashFormer, HashformerError }: Main, train: Train) {
  const { Trainer, distill, finetune, pretrain } = train;
  const fresh = await HashFormer.init(CONFIG as never, 1, { tier: 'simd' });
  const model = await fresh.save();
  const data = sentences(48);
  const losses: number[] = [];
  const onEvent = (event: { type: string; loss?: number }) => {
    if (event.type === 'step') losses.push(event.loss!);
  };
  const weightsOf = async (result: { model: import('../../src/index.ts').HashFormer }) => {
    const { weights } = await result.model.save();
    return digest([weights]);
  };

  const trainer = await Trainer.create({
    model,
    task: 'text-classification',
    tier: 'simd',
    seed: 3,
    dropout: 0.1,
    clipNorm: 1,
    schedule: { kind: 'cosine', steps: 8, warmup: 2 },
  });
  const labels = data.labels.map((label) => (label === 'pos' ? 1 : 0));
  const gradients: string[] = [];
  for (let step = 0; step < 6; step++) {
    losses.push(
      (await trainer.backward({ texts: data.texts.slice(0, 12), labels: labels.slice(0, 12) })).loss,
    );
    gradients.push(digest(Object.values(await trainer.gradients()).map(({ data }) => data)));
    await trainer.update();
  }
  const logits = digest([(await trainer.model.logits(data.texts)).data]);
  const one = trainer.model instanceof HashFormer;

  const tuned = await finetune({
    ...HOW,
    model,
    task: 'text-classification',
    train: data,
    holdOut: 0.25,
    epochs: 2,
    onEvent,
  });
  const student = await HashFormer.init({ ...CONFIG, num_hidden_layers: 1 } as never, 2, { tier: 'simd' });
  const distilled = await distill({
    ...{ ...HOW, teacher: await tuned.model.save(), student: await student.save(), loss: 'kl', epochs: 2 },
    ...{ train: data, unlabelled: sentences(80).texts.slice(48), onEvent },
  });
  const grown = await pretrain({
    ...{ ...HOW, model, objective: 'signature', steps: 6, holdOut: 0, onEvent },
    data: { texts: data.texts },
  });

  const controller = new AbortController();
  const stopped = await finetune({
    ...{ ...HOW, model, task: 'text-classification', train: data, epochs: 50, signal: controller.signal },
    onEvent: ({ type }) => {
      if (type === 'step') controller.abort();
    },
  });
  const refused = await trainer.backward({ texts: ['a'], labels: [7] }).then(
    () => '',
    (error) => (error instanceof HashformerError ? error.code : `not ours: ${error}`),
  );
  const weights = [await weightsOf(tuned), await weightsOf(distilled), await weightsOf(grown)];
  for (const { model } of [tuned, distilled, grown, stopped]) model.dispose();
  trainer.dispose();
  const evaluation = tuned.evaluation;
  const ended = [tuned, distilled, grown, stopped].map(({ reason, steps }) => `${reason} after ${steps}`);
  return { losses, gradients, logits, weights, evaluation, ended, one, refused };
}

/** What a place without files and threads says of both: codes and sentences. */
export async function refusals({ HashformerError, HashFormer }: Main, train: Train) {
  const { distill, finetune, pretrain } = train;
  const model = await (await HashFormer.init(CONFIG as never, 1)).save();
  const given = { model, task: 'text-classification', train: sentences(8) } as const;
  const calls = {
    out: () => finetune({ ...given, out: 'run' }),
    workers: () => finetune({ ...given, workers: 2 }),
    train: () => finetune({ ...given, train: 'train.csv' }),
    unlabelled: () => distill({ teacher: model, student: model, unlabelled: { files: ['a.txt'] } }),
    outputs: () => distill({ outputs: 'outputs', student: model, train: given.train }),
    corpus: () => pretrain({ data: 'corpus.txt', steps: 1 }),
  };
  const said: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) {
    said[name] = await call().then(
      () => 'no error',
      (error) =>
        error instanceof HashformerError ? `${error.code}: ${error.message}` : `not ours: ${error}`,
    );
  }
  return said;
}
