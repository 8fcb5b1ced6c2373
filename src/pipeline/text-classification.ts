import { activationOf } from '../architecture/problem-types.ts';
import { checkText, checkTexts } from '../arguments.ts';
import type { RunOptions } from '../model/call-options.ts';
import type { HashFormer } from '../model/hashformer.ts';
import type { NoOptions, Only } from '../option-types.ts';
import {
  best,
  type Classification,
  type Classified,
  classified,
  LABEL_OPTIONS,
  type LabelOptions,
  mostLabels,
  type TextInput,
} from './labels.ts';
import { checkTaskOptions, RUN_OPTIONS } from './options.ts';

export type { Classification };

export interface ClassifyOptions extends RunOptions, LabelOptions {}

/** The call shapes of transformers.js. A pair of texts is an element of an array: [['premise', 'hypothesis']]. */
export interface TextClassificationPipeline {
  /**
   * Of one text its labels, best first (one, unless `top_k` says more); of a list a label each or, with another `top_k`
   * than 1, a list each.
   *
   * @throws HashformerError `argument`, `numeric`, `memory`, `aborted`, `disposed`
   */
  <Input extends TextInput, const Options extends Only<Options, ClassifyOptions> = NoOptions>(
    texts: Input,
    options?: Options,
  ): Promise<Classified<Input, Options>>;
  readonly model: HashFormer;
  dispose(): void;
}

export function textClassification(model: HashFormer): TextClassificationPipeline {
  const { num_labels: width } = model.config;
  const activation = activationOf(model.config);
  const classify = async <Input extends TextInput>(input: Input, given?: unknown) => {
    const texts = Array.isArray(input) ? checkTexts(input) : [checkText(input)];
    const { top_k, ...options } = await checkTaskOptions<ClassifyOptions>(given, LABEL_OPTIONS, RUN_OPTIONS);
    const most = mostLabels(top_k);
    const logits = await model.logits(texts, options);
    const { data } = activation === null ? logits : await model.probabilities(logits, activation);
    const results = texts.map((_, i) => best(model.labels, data.subarray(i * width, (i + 1) * width), most));
    return classified(input, results, most);
  };
  return Object.assign(classify, { model, dispose: () => model.dispose() }) as TextClassificationPipeline;
}
