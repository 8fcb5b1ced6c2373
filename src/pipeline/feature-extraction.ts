import { checkOptions, checkText, checkTexts } from '../arguments.ts';
import type { RunOptions, SentenceOptions } from '../model/call-options.ts';
import type { HashFormer } from '../model/hashformer.ts';
import type { Tensor } from '../tensor.ts';
import type { Text } from '../tokenizer/text.ts';

export interface FeatureOptions extends RunOptions {
  /** `none`: hidden states of every token. Default: what config.json says. */
  pooling?: 'none' | 'cls' | 'mean' | 'max';
  normalize?: boolean;
}

export interface FeatureExtractionPipeline {
  /**
   * One vector a text, [texts, size]; through the model's sentence projection where it has one. With the
   * pooling `none`, hidden states of every token, as HashFormer.encode() gives them.
   */
  (texts: string | readonly Text[], options?: FeatureOptions): Promise<Tensor>;
  readonly model: HashFormer;
  dispose(): void;
}

export function featureExtraction(model: HashFormer): FeatureExtractionPipeline {
  const byDefault = model.config.pooling ?? (model.config.sentence_embedding_size === null ? 'none' : 'mean');
  const extract = async (input: unknown, given?: FeatureOptions): Promise<Tensor> => {
    const { pooling = byDefault, ...options } = checkOptions<FeatureOptions>(given, [
      'pooling',
      'normalize',
      'signal',
      'batchSize',
    ]);
    const texts = Array.isArray(input) ? checkTexts(input) : [checkText(input)];
    if (pooling === 'none') return model.encode(texts, options);
    return model.sentences(texts, { ...options, pooling } as SentenceOptions);
  };
  return Object.assign(extract, { model, dispose: () => model.dispose() });
}
