import { checkOptions, checkText, checkTexts } from '../arguments.ts';
import type { RunOptions } from '../model/call-options.ts';
import type { HashFormer } from '../model/hashformer.ts';
import type { Text } from '../tokenizer/text.ts';
import { best, type Classification, checkTopK, type LabelOptions } from './labels.ts';

export type { Classification };

export interface ClassifyOptions extends RunOptions, LabelOptions {}

/** The call shapes of transformers.js. A pair of texts is an element of an array: [['premise', 'hypothesis']]. */
export interface TextClassificationPipeline {
  (text: string, options?: ClassifyOptions): Promise<Classification[]>;
  (texts: readonly Text[], options?: ClassifyOptions & { top_k?: 1; topK?: 1 }): Promise<Classification[]>;
  (texts: readonly Text[], options: ClassifyOptions): Promise<Classification[] | Classification[][]>;
  readonly model: HashFormer;
  dispose(): void;
}

export function textClassification(model: HashFormer): TextClassificationPipeline {
  const { num_labels, problem_type } = model.config;
  const classify = async (input: unknown, given?: ClassifyOptions) => {
    const {
      top_k,
      topK = 1,
      ...options
    } = checkOptions<ClassifyOptions>(given, ['top_k', 'topK', 'signal', 'batchSize']);
    const most = checkTopK(top_k === undefined ? topK : top_k);
    const texts = Array.isArray(input) ? checkTexts(input) : [checkText(input)];
    let scores = await model.logits(texts, options);
    if (problem_type !== 'regression') {
      const independent = problem_type === 'multi_label_classification' || num_labels === 1;
      scores = await model.probabilities(scores, independent ? 'sigmoid' : 'softmax');
    }
    const results = texts.map((_, i) =>
      best(model.labels, scores.data.subarray(i * num_labels, (i + 1) * num_labels), most),
    );
    if (!Array.isArray(input)) return results[0];
    return most === 1 ? results.map((result) => result[0]) : results;
  };
  return Object.assign(classify, { model, dispose: () => model.dispose() }) as TextClassificationPipeline;
}
