import { EMBEDDING_PROJECTION, FEATURES, FEATURE_STARTS, ORDINARY, ROWS, TOKEN_TABLE } from '../../abi';
import { padded } from '../../arena';
import { features, region, rowCount } from '../../batch';
import { featureScale } from '../../embedding/ngram';
import { scaleRow } from '../../embedding/rows';
import { embeddingSize } from '../../model';
import { has, linearAt, tableAt } from '../../tensor';
import { dFeatures, dHidden, packed, transposed } from '../activations';
import { applyBackward, transposeWeights } from '../linear';
import { addGradientRow } from './rows';

/** `ngram`: through the projection, if there is one, to each of the rows that were summed. Changes dHidden. */
export function ngramBackward(): void {
  const width = padded(embeddingSize);
  let gradient = dHidden;
  if (has(EMBEDDING_PROJECTION, 0)) {
    gradient = dFeatures;
    const projection = linearAt(EMBEDDING_PROJECTION, 0);
    transposeWeights(projection, transposed);
    applyBackward(projection, transposed, features, width, rowCount, dHidden, gradient, false, packed);
  }
  const table = tableAt(TOKEN_TABLE, 0);
  let start = region(FEATURE_STARTS);
  for (let t = 0; t < rowCount; t++, gradient += <usize>width << 2) {
    if (load<i32>(region(ROWS) + (<usize>t << 2)) != ORDINARY) continue;
    const first = load<i32>(start), end = load<i32>(start, 4);
    start += 4;
    scaleRow(gradient, width, featureScale(end - first));
    for (let i = first; i < end; i++) {
      addGradientRow(table, load<i32>(region(FEATURES) + (<usize>i << 2)), gradient);
    }
  }
}
