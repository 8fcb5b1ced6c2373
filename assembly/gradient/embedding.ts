// The embedding layer of training: its forward pass with dropout, and its backward pass.

import {
  ADD, EMB, EMBEDDING_NORM_BIAS, EMBEDDING_NORM_WEIGHT, NGRAM, ORDINARY, POOL, POSITION_TABLE, PROJ, ROWS,
  SPECIAL_TABLE, SPECIAL_TOKENS, STARTS, TYPES, TYPE_TABLE, VOCAB
} from '../abi';
import { padded } from '../arena';
import { hidden, region, rowCount, sequenceCount } from '../batch';
import { sumEmbeddings } from '../embedding';
import { epsilon, firstPosition, hiddenRowBytes, hiddenSize, variant } from '../model';
import { has, tableAt, vectorAt } from '../tensor';
import { dHidden, embeddingScales, layerInput } from './activations';
import { EMBEDDING_SITE, dropout } from './dropout';
import { addBackward } from './embedding/add';
import { embBackward } from './embedding/emb';
import { ngramBackward } from './embedding/ngram';
import { poolBackward } from './embedding/pool';
import { projBackward } from './embedding/proj';
import { addGradientRow } from './embedding/rows';
import { vocabBackward } from './embedding/vocab';
import { layerNormBackward, layerNormKeeping } from './layer_norm';
import { gradientOf } from './parameters';

/** layerInput(0) = dropout(LayerNorm(sum of the embeddings)) */
export function embedKeeping(): void {
  sumEmbeddings();
  const out = layerInput(0);
  layerNormKeeping(
    hidden, rowCount, hiddenSize, vectorAt(EMBEDDING_NORM_WEIGHT, 0), vectorAt(EMBEDDING_NORM_BIAS, 0), epsilon,
    out, embeddingScales
  );
  dropout(out, rowCount * padded(hiddenSize), EMBEDDING_SITE, 0, 0);
}

/** From dHidden, the gradient of layerInput(0), to the gradients of all tables. */
export function embedBackward(): void {
  dropout(dHidden, rowCount * padded(hiddenSize), EMBEDDING_SITE, 0, 0);
  const weight = vectorAt(EMBEDDING_NORM_WEIGHT, 0), bias = vectorAt(EMBEDDING_NORM_BIAS, 0);
  layerNormBackward(
    hidden, embeddingScales, rowCount, hiddenSize, weight, dHidden, gradientOf(weight), gradientOf(bias)
  );
  positionsBackward();
  if (has(SPECIAL_TABLE, 0)) specialsBackward();
  if (variant == EMB) embBackward();
  else if (variant == POOL) poolBackward();
  else if (variant == ADD) addBackward();
  else if (variant == PROJ) projBackward();
  else if (variant == NGRAM) ngramBackward();
  else if (variant == VOCAB) vocabBackward();
}

function specialsBackward(): void {
  const table = tableAt(SPECIAL_TABLE, 0);
  for (let t = 0, gradient = dHidden; t < rowCount; t++, gradient += hiddenRowBytes()) {
    const id = load<i32>(region(ROWS) + (<usize>t << 2));
    addGradientRow(table, id == ORDINARY ? SPECIAL_TOKENS : id, gradient);
  }
}

function positionsBackward(): void {
  const positions = tableAt(POSITION_TABLE, 0), types = tableAt(TYPE_TABLE, 0), hasTypes = has(TYPE_TABLE, 0);
  let gradient = dHidden, type = region(TYPES);
  for (let i = 0; i < sequenceCount; i++) {
    const start = region(STARTS) + (<usize>i << 2);
    const length = load<i32>(start, 4) - load<i32>(start);
    for (let t = 0; t < length; t++, gradient += hiddenRowBytes(), type += 4) {
      addGradientRow(positions, firstPosition + t, gradient);
      if (hasTypes) addGradientRow(types, load<i32>(type), gradient);
    }
  }
}
