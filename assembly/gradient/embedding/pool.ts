import { ADAPTIVE_TABLE, CODES, ORDINARY, ROWS, TOKEN_TABLE } from '../../abi';
import { region, rowCount } from '../../batch';
import { CHUNKS, addProduct, chunkOf, chunkWeights } from '../../embedding/pool';
import { hiddenRowBytes, hiddenSize } from '../../model';
import { tableAt } from '../../tensor';
import { dHidden, packed as scratch } from '../activations';
import { gradientOf } from '../parameters';

/**
 * `pool`: to the component rows, times their weights (row 0, the reference's padding row, has no gradient), and to
 * the weights, through their softmax.
 */
export function poolBackward(): void {
  const components = tableAt(TOKEN_TABLE, 0);
  const width = components.stride;
  const rowBytes = hiddenRowBytes();
  // Gradients of what the softmax puts out.
  memory.fill(scratch, 0, <usize>CHUNKS * rowBytes);
  let code = region(CODES);
  for (let t = 0, gradient = dHidden; t < rowCount; t++, gradient += rowBytes) {
    const ordinary = load<i32>(region(ROWS) + (<usize>t << 2)) == ORDINARY;
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      const component = ordinary ? chunkOf(code, chunk) + 1 : 0;
      const row = components.data + <usize>component * rowBytes;
      const offset = <usize>chunk * rowBytes;
      addProduct(row, gradient, width, scratch + offset);
      if (ordinary) addProduct(chunkWeights + offset, gradient, width, gradientOf(row));
    }
    if (ordinary) code += 16;
  }
  softmaxBackward(scratch);
}

/** Σ over chunks is one for every dimension: dw = w · (g - Σ w · g). */
function softmaxBackward(gradients: usize): void {
  const rowBytes = hiddenRowBytes();
  const out = gradientOf(tableAt(ADAPTIVE_TABLE, 0).data);
  for (let i: usize = 0; i < <usize>hiddenSize << 2; i += 4) {
    let mean: f32 = 0;
    for (let at = i, chunk = 0; chunk < CHUNKS; chunk++, at += rowBytes) {
      mean += load<f32>(chunkWeights + at) * load<f32>(gradients + at);
    }
    for (let at = i, chunk = 0; chunk < CHUNKS; chunk++, at += rowBytes) {
      const slope = load<f32>(chunkWeights + at) * (load<f32>(gradients + at) - mean);
      store<f32>(out + at, load<f32>(out + at) + slope);
    }
  }
}
