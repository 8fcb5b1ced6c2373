import { ReferenceBackend } from '../../src/backend/reference-backend.ts';
import { type Created, createModel } from '../../src/model/create.ts';
import { HashFormer } from '../../src/model/hashformer.ts';
import { readSource } from '../../src/model/source.ts';
import type { ModelFacts, ModelSource, Task } from '../protocol.ts';
import { runtime, withFolder } from './runtime.ts';

/** A model, and what the page needs of its inside. */
export interface Loaded {
  readonly name: string;
  readonly task: Task;
  readonly model: HashFormer;
  readonly created: Created;
  /** The same weights in float64; made when first asked for, as they take twice the memory. */
  reference(): ReferenceBackend;
}

async function create(source: ModelSource): Promise<Created> {
  const options = { backend: 'wasm', tier: undefined, signal: undefined } as const;
  if (typeof source === 'string') {
    return createModel(await readSource(await runtime.model(source)), options);
  }
  const { folder, files } = source;
  return withFolder(folder, files, async () => createModel(await readSource(folder), options));
}

/** @throws HashformerError as HashFormer.load() */
export async function loadModel(source: ModelSource): Promise<Loaded> {
  const created = await create(source);
  const { config, weights, backend } = created;
  const hasher = await backend.hasher();
  let reference: ReferenceBackend | undefined;
  return {
    name: typeof source === 'string' ? source : source.folder,
    task: weights.heads.has('classification') ? 'classification' : 'similarity',
    model: HashFormer.over(created),
    created,
    reference: () => {
      reference ??= new ReferenceBackend(config, weights.list, hasher);
      return reference;
    },
  };
}

export function factsOf({ name, task, model, created }: Loaded): ModelFacts {
  const { config } = model;
  const tables = { emb: config.buckets, ngram: config.buckets, vocab: config.vocab_size ?? null };
  return {
    name,
    task,
    variant: config.variant,
    hash: config.hash,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    hiddenSize: config.hidden_size,
    rows: config.variant in tables ? tables[config.variant as keyof typeof tables] : null,
    parameters: created.weights.list.reduce(
      (sum, { spec }) => sum + spec.shape.reduce((a, b) => a * b, 1),
      0,
    ),
    maxLength: config.max_length,
    memoryBytes: model.memoryBytes,
    tier: model.tier!,
  };
}
