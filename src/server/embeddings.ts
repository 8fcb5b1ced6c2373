// POST /v1/embeddings, as OpenAI has it.

import { encodeBase64 } from 'hono/utils/encode';
import { show } from '../show.ts';
import type { Handler } from './handler.ts';
import { invalid } from './http-refusal.ts';
import { checkTexts, count } from './request-texts.ts';

const ENCODINGS: readonly unknown[] = ['float', 'base64'];

/** A vector as numbers, or as the base64 of little-endian float32. */
function encoded(vector: Float32Array, encoding: unknown): number[] | string {
  return encoding === 'base64' ? encodeBase64(vector.slice().buffer) : Array.from(vector);
}

export const embeddings: Handler = {
  task: 'feature-extraction',
  // `user` tells OpenAI who asks, and changes nothing.
  fields: ['input', 'model', 'encoding_format', 'dimensions', 'user'],
  check: ({ input, encoding_format = 'float', dimensions }, limits) => {
    if (!ENCODINGS.includes(encoding_format)) {
      throw invalid(
        'encoding_format',
        `"encoding_format" must be "float" or "base64", but is ${show(encoding_format)}.`,
      );
    }
    const texts = checkTexts('input', input, false, limits);
    return async ({ name, model, signal, metrics }) => {
      const size = model.config.sentence_embedding_size ?? model.config.hidden_size;
      if (dimensions !== undefined && dimensions !== size) {
        throw invalid(
          'dimensions',
          `"dimensions" is ${show(dimensions)}, but the vectors of ${name} have ${size} and cannot be shortened; leave it out.`,
        );
      }
      const { data } = await model.sentences(texts, { signal });
      return {
        object: 'list',
        data: texts.map((_, index) => ({
          object: 'embedding',
          index,
          embedding: encoded(data.subarray(index * size, (index + 1) * size), encoding_format),
        })),
        model: name,
        usage: count(name, model, texts, metrics),
      };
    };
  },
};
