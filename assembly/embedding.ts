// The embedding layer: hash or vocabulary embedding + special token + position + token type, then LayerNorm.

import {
  ADD, EMB, EMBEDDING_NORM_BIAS, EMBEDDING_NORM_WEIGHT, NGRAM, ORDINARY, POOL, POSITION_TABLE, PROJ, ROWS,
  SPECIAL_TABLE, SPECIAL_TOKENS, STARTS, TYPES, TYPE_TABLE, VOCAB
} from './abi';
import { hidden, region, rowCount, sequenceCount } from './batch';
import { deriveAdd, embedAdd } from './embedding/add';
import { createBitLayer } from './embedding/bits';
import { addBucketRows } from './embedding/emb';
import { embedNgram } from './embedding/ngram';
import { addPooledRows, createChunkWeights, derivePool } from './embedding/pool';
import { deriveProj, embedProj } from './embedding/proj';
import { addRow } from './embedding/rows';
import { addVocabularyRows } from './embedding/vocab';
import { layerNorm } from './kernel/layer_norm';
import { epsilon, firstPosition, hiddenRowBytes, hiddenSize, variant } from './model';
import { has, tableAt, vectorAt } from './tensor';

/** Makes what the variant computes with beside the stored tensors. False when there is no memory left. */
export function prepareEmbedding(): bool {
  if (variant == POOL && !createChunkWeights()) return false;
  if ((variant == ADD || variant == PROJ) && !createBitLayer()) return false;
  deriveEmbedding();
  return true;
}

/** Derives it from the stored tensors. */
export function deriveEmbedding(): void {
  if (variant == POOL) derivePool();
  else if (variant == ADD) deriveAdd();
  else if (variant == PROJ) deriveProj();
}

/** Fills `hidden` with the embeddings of the batch, layer 0. */
export function embed(): void {
  sumEmbeddings();
  layerNorm(
    hidden, 0, rowCount, hiddenSize, vectorAt(EMBEDDING_NORM_WEIGHT, 0), vectorAt(EMBEDDING_NORM_BIAS, 0),
    epsilon, hidden
  );
}

/** Fills `hidden` with what the embedding layer normalises. */
export function sumEmbeddings(): void {
  memory.fill(hidden, 0, <usize>rowCount * hiddenRowBytes());
  if (variant == EMB) addBucketRows();
  else if (variant == POOL) addPooledRows();
  else if (variant == ADD) embedAdd();
  else if (variant == PROJ) embedProj();
  else if (variant == NGRAM) embedNgram();
  else if (variant == VOCAB) addVocabularyRows();
  if (has(SPECIAL_TABLE, 0)) addSpecialRows();
  addPositionRows();
}

/** Row of a special token's id; all ordinary tokens share the row behind those. */
function addSpecialRows(): void {
  const table = tableAt(SPECIAL_TABLE, 0);
  for (let t = 0, out = hidden; t < rowCount; t++, out += hiddenRowBytes()) {
    const id = load<i32>(region(ROWS) + (<usize>t << 2));
    addRow(table, id == ORDINARY ? SPECIAL_TOKENS : id, out);
  }
}

/** Rows of positions, and of token types where the model has them. */
function addPositionRows(): void {
  const positions = tableAt(POSITION_TABLE, 0), types = tableAt(TYPE_TABLE, 0), hasTypes = has(TYPE_TABLE, 0);
  let out = hidden, type = region(TYPES);
  for (let i = 0; i < sequenceCount; i++) {
    const start = region(STARTS) + (<usize>i << 2);
    const length = load<i32>(start, 4) - load<i32>(start);
    for (let t = 0; t < length; t++, out += hiddenRowBytes(), type += 4) {
      addRow(positions, firstPosition + t, out);
      if (hasTypes) addRow(types, load<i32>(type), out);
    }
  }
}
