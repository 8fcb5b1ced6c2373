// The families whose config.json and checkpoints are read here, a line each. Models of our own need none of this, so it is
// a chunk of its own.

import { checkArchitecture } from '../../architecture/architecture.ts';
import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import { BERT_SPELLING, bert, ROBERTA_SPELLING } from './bert.ts';
import { distilbert } from './distilbert.ts';
import { type Family, type Fields, translateConfig } from './family.ts';
import { roberta } from './roberta.ts';
import type { Spelling } from './spelling.ts';

const FAMILIES: readonly Family[] = [bert, roberta, distilbert];

function familyOf(modelType: unknown): Family | undefined {
  return FAMILIES.find(
    ({ modelTypes }) => typeof modelType === 'string' && Object.hasOwn(modelTypes, modelType),
  );
}

/**
 * A config.json of another `model_type` than ours as one of ours.
 *
 * @throws HashformerError `config`: no family here has that type, or an encoder that cannot be computed here
 */
export function translate(fields: Fields): Fields {
  const { model_type: type } = fields;
  const family = familyOf(type);
  if (family === undefined) {
    const known = ['hashformer', ...FAMILIES.flatMap(({ modelTypes }) => Object.keys(modelTypes))];
    throw new HashformerError(
      'config',
      `config.json: "model_type" must be one of ${known.map(show).join(', ')}, whose encoders are computed here, ` +
        `but is ${show(type)}.`,
    );
  }
  return translateConfig(family, type as string, fields);
}

/**
 * Checks the `architecture` of a config.json of ours.
 *
 * @throws HashformerError `config`: something there that does not exist, or that nothing computes yet
 */
export function checkOwn(architecture: unknown): void {
  if (
    Object(architecture) !== architecture ||
    Array.isArray(architecture) ||
    'activation' in Object(architecture)
  ) {
    throw new HashformerError(
      'config',
      'config.json: "architecture" must be an object of its parts, without the activation, which "hidden_act" names, ' +
        `but is ${show(architecture)}.`,
    );
  }
  checkArchitecture(architecture);
}

/** How files of a model with a vocabulary spell tensors: as its family does, or, of our type, as RoBERTa or BERT do. */
export function spellingsOf(modelType: unknown): readonly Spelling[] {
  return familyOf(modelType)?.spellings ?? [ROBERTA_SPELLING, BERT_SPELLING];
}
