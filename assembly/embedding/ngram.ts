import { EMBEDDING_PROJECTION, FEATURES, FEATURE_STARTS, ORDINARY, ROWS, TOKEN_TABLE } from '../abi';
import { padded } from '../arena';
import { features, hidden, quantized, region, rowCount } from '../batch';
import { embeddingSize } from '../model';
import { apply, has, linearAt, tableAt } from '../tensor';
import { addRow, scaleRow } from './rows';

/**
 * `ngram`: the sum of the rows of a token's features (hash embeddings, Svenstrup et al. 2017; subword n-grams,
 * Bojanowski et al. 2017) over the root of their number, projected to the hidden size where that is another.
 * Special tokens have no features.
 */
export function embedNgram(): void {
  if (!has(EMBEDDING_PROJECTION, 0)) {
    sumFeatures(hidden);
    return;
  }
  sumFeatures(features);
  const layer = linearAt(EMBEDDING_PROJECTION, 0);
  apply(layer, features, padded(embeddingSize), rowCount, hidden, quantized);
}

/** What one row of a token with `count` features counts for. */
// @ts-ignore: decorator
@inline
export function featureScale(count: i32): f32 {
  return <f32>1.0 / sqrt<f32>(<f32>count);
}

/** Writes the sum of every token's rows, scaled, to `out`. */
export function sumFeatures(out: usize): void {
  const table = tableAt(TOKEN_TABLE, 0);
  const width = padded(embeddingSize);
  const rowBytes = <usize>width << 2;
  let start = region(FEATURE_STARTS);
  memory.fill(out, 0, <usize>rowCount * rowBytes);
  for (let t = 0; t < rowCount; t++, out += rowBytes) {
    if (load<i32>(region(ROWS) + (<usize>t << 2)) != ORDINARY) continue;
    const first = load<i32>(start), end = load<i32>(start, 4);
    start += 4;
    for (let i = first; i < end; i++) addRow(table, load<i32>(region(FEATURES) + (<usize>i << 2)), out);
    scaleRow(out, width, featureScale(end - first));
  }
}
