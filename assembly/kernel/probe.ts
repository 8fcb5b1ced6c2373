import { gemm } from './gemm';
import { gemmInt8, storeInt8 } from './int8';

// A known answer, asked before a tier is trusted: validating a module does not prove that the engine computes
// its instructions rightly (Node 20 with its flag gets the relaxed dot product wrong).

const INPUTS: i32 = 8;
const CHANNELS: i32 = 16;
const x = memory.data(2 * 8 * 4, 16);
const weights = memory.data(16 * 8 * 4, 16);
const zeros = memory.data(16 * 4, 16);
const ones = memory.data(16 * 4, 16);
const out = memory.data(2 * 16 * 4, 16);
const scratch = memory.data(128, 16);

/** Integer weight of the probe: both signs, both ends of the range. */
function weight(channel: i32, input: i32): i32 {
  return ((channel * 37 + input * 91) % 255) - 127;
}

/** Integer activation: 0 and 127 are among them, so that quantising leaves it as it is. */
function activation(row: i32, input: i32): i32 {
  return ((input + row) % INPUTS) * 127 / (INPUTS - 1);
}

function matches(): bool {
  for (let row = 0; row < 2; row++) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      let expected = 0;
      for (let i = 0; i < INPUTS; i++) expected += activation(row, i) * weight(channel, i);
      if (load<f32>(out + ((<usize>row * CHANNELS + <usize>channel) << 2)) != <f32>expected) return false;
    }
  }
  return true;
}

/** True when both matrix products of this tier give exact integers where they must. */
export function probe(): bool {
  for (let i = 0; i < INPUTS; i++) {
    store<f32>(x + (<usize>i << 2), <f32>activation(0, i));
    store<f32>(x + (<usize>(i + INPUTS) << 2), <f32>activation(1, i));
  }
  for (let channel = 0; channel < CHANNELS; channel++) {
    store<f32>(ones + (<usize>channel << 2), 1);
    for (let i = 0; i < INPUTS; i++) storeInt8(weights, INPUTS, channel, i, weight(channel, i));
  }
  gemmInt8(x, INPUTS << 2, 2, INPUTS, weights, 1, ones, zeros, zeros, out, CHANNELS << 2, scratch);
  if (!matches()) return false;
  for (let channel = 0; channel < CHANNELS; channel++) {
    for (let i = 0; i < INPUTS; i++) {
      store<f32>(weights + (<usize>(i * CHANNELS + channel) << 2), <f32>weight(channel, i));
    }
  }
  gemm(x, INPUTS << 2, 2, INPUTS, weights, 1, zeros, out, CHANNELS << 2, true);
  return matches();
}
