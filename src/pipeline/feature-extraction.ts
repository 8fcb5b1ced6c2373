import { POOLINGS } from '../architecture/poolings.ts';
import { checkText, checkTexts } from '../arguments.ts';
import type { RunOptions, SentenceOptions } from '../model/call-options.ts';
import type { HashFormer } from '../model/hashformer.ts';
import type { Given, NoOptions, Only } from '../option-types.ts';
import type { Matrix, RaggedTensor } from '../tensor.ts';
import type { TextInput } from './labels.ts';
import { checkTaskOptions, RUN_OPTIONS, type TaskOptions } from './options.ts';

export interface FeatureOptions extends RunOptions {
  /** `none`: hidden states of every token. Default: what config.json says. */
  pooling?: 'none' | 'cls' | 'mean' | 'max';
  /** Divide vectors by their L2 norm. Default: what config.json says. */
  normalize?: boolean;
}

export const FEATURE_OPTIONS = {
  pooling: { kind: 'choice', values: ['none', ...POOLINGS], about: 'how tokens become one vector' },
  normalize: { kind: 'switch', about: 'divide vectors by their length' },
} as const satisfies TaskOptions;

/** What is extracted with a pooling; without one config.json says. */
type Features<Pooling> = Pooling extends 'none'
  ? RaggedTensor
  : Pooling extends undefined
    ? Matrix | RaggedTensor
    : Matrix;

export interface FeatureExtractionPipeline {
  /**
   * One vector a text, [texts, size]; through the model's sentence projection where it has one. With the
   * pooling `none`, hidden states of every token, as HashFormer.encode() gives them.
   *
   * @throws HashformerError `argument`, `numeric`, `memory`, `aborted`, `disposed`
   */
  <const Options extends Only<Options, FeatureOptions> = NoOptions>(
    texts: TextInput,
    options?: Options,
  ): Promise<Features<Given<Options, 'pooling'>>>;
  readonly model: HashFormer;
  dispose(): void;
}

export function featureExtraction(model: HashFormer): FeatureExtractionPipeline {
  const byDefault = model.config.pooling ?? (model.config.sentence_embedding_size === null ? 'none' : 'mean');
  const extract = async (input: unknown, given?: unknown) => {
    const texts = Array.isArray(input) ? checkTexts(input) : [checkText(input)];
    const checked = await checkTaskOptions<FeatureOptions>(given, FEATURE_OPTIONS, RUN_OPTIONS);
    const { pooling = byDefault, ...options } = checked;
    if (pooling === 'none') return model.encode(texts, options);
    return model.sentences(texts, { ...options, pooling } as SentenceOptions);
  };
  return Object.assign(extract, { model, dispose: () => model.dispose() }) as FeatureExtractionPipeline;
}
