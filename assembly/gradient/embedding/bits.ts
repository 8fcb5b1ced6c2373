import { EMBEDDING_PROJECTION } from '../../abi';
import { features, rowCount } from '../../batch';
import { BITS } from '../../embedding/bits';
import { linearAt } from '../../tensor';
import { dHidden, packed } from '../activations';
import { applyBackward } from '../linear';
import { gradientOf } from '../parameters';

/**
 * The gradient of the layer over bits, from dHidden and the rows in `features`. It is derived anew at each step, so
 * that of an earlier batch must be gone.
 */
export function bitLayerBackward(): void {
  const layer = linearAt(EMBEDDING_PROJECTION, 0);
  const channels = <usize>layer.panels << 4;
  memory.fill(gradientOf(layer.weights), 0, (channels * <usize>BITS) << 2);
  memory.fill(gradientOf(layer.bias), 0, channels << 2);
  applyBackward(layer, 0, features, BITS, rowCount, dHidden, 0, false, packed);
}

/** Gradient of weight `bit` of output channel `row` in that layer. */
// @ts-ignore: decorator
@inline
export function bitGradient(row: i32, bit: i32): f32 {
  const panel = (<usize>(row >> 4) * BITS + <usize>bit) << 6;
  return load<f32>(gradientOf(linearAt(EMBEDDING_PROJECTION, 0).weights) + panel + (<usize>(row & 15) << 2));
}
