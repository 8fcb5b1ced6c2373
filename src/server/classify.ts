// POST /classify: what the pipeline text-classification gives.

import { textClassification } from '../pipeline/text-classification.ts';
import { show } from '../show.ts';
import type { Handler } from './handler.ts';
import { invalid } from './http-refusal.ts';
import { checkTexts, count } from './request-texts.ts';

export const classify: Handler = {
  task: 'classify',
  check: ({ texts: given, top_k = 1 }, limits) => {
    if (top_k !== null && !(Number.isInteger(top_k) && (top_k as number) >= 1)) {
      throw invalid('top_k', `"top_k" must be a whole number from 1 or null for all, but is ${show(top_k)}.`);
    }
    const texts = checkTexts('texts', given, true, limits);
    return async ({ name, model, signal, metrics }) => {
      const answer = textClassification(model);
      const options = { signal, top_k: top_k as number | null };
      // A single text has its labels as they are, a list has a list of them.
      const results = await (typeof given === 'string' ? answer(given, options) : answer(texts, options));
      return { model: name, results, usage: count(name, model, texts, metrics) };
    };
  },
};
