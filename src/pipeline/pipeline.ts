import { runtime } from '#runtime';
import { checkOneOf } from '../arguments.ts';
import type { LoadOptions } from '../model/call-options.ts';
import { HashFormer } from '../model/hashformer.ts';
import type { Source } from '../model/source.ts';
import type { ShippedModel } from '../runtime/runtime.ts';
import { type FeatureExtractionPipeline, featureExtraction } from './feature-extraction.ts';
import { type TextClassificationPipeline, textClassification } from './text-classification.ts';

const TASKS = ['text-classification', 'sentiment-analysis', 'feature-extraction'] as const;

/** The shipped model that answers where no source is named. */
const DEFAULTS: Record<(typeof TASKS)[number], ShippedModel> = {
  'text-classification': 'sentiment',
  'sentiment-analysis': 'sentiment',
  'feature-extraction': 'sentence',
};

/**
 * A function that does one task, as in transformers.js.
 *
 * @param source a model as HashFormer.load() takes it, or a loaded one; without it a shipped model: English
 *   sentiment for text-classification, English sentence vectors of 384 numbers for feature-extraction
 * @throws HashformerError `argument`: an unknown task; else as HashFormer.load()
 */
export async function pipeline(
  task: 'text-classification' | 'sentiment-analysis',
  source?: Source | HashFormer,
  options?: LoadOptions,
): Promise<TextClassificationPipeline>;
export async function pipeline(
  task: 'feature-extraction',
  source?: Source | HashFormer,
  options?: LoadOptions,
): Promise<FeatureExtractionPipeline>;
export async function pipeline(
  task: string,
  source?: Source | HashFormer,
  options?: LoadOptions,
): Promise<unknown> {
  const known = checkOneOf('The task', task, TASKS);
  const model =
    source instanceof HashFormer
      ? source
      : await HashFormer.load(source ?? ((await runtime.model(DEFAULTS[known])) as Source), options);
  return known === 'feature-extraction' ? featureExtraction(model) : textClassification(model);
}
