// Linear layers with int8 weights (one scale an output channel) and activations quantised a row at a time.
//
// A row x of activations becomes q = round((x - least) / step) in 0..127: seven bits, so that the relaxed dot
// product, whose second operand has seven, is exact. With weights w = scale · v:
//   y = scale · (step · Σ q·v + least · Σ v) + bias
// The integer sums are exact in every tier, and the rest is the same f32 operations: the three tiers agree bit
// for bit on an int8 model, as far as what reaches this layer does.

/** Consecutive inputs that share one 32-bit lane: 4 bytes (relaxed), 2 half-words (simd), 1 byte (scalar). */
const GROUP: i32 = ASC_FEATURE_RELAXED_SIMD ? 4 : ASC_FEATURE_SIMD ? 2 : 1;
/** Bytes that one packed weight takes, and one quantised activation. */
const WEIGHT_BYTES: usize = ASC_FEATURE_RELAXED_SIMD ? 1 : ASC_FEATURE_SIMD ? 2 : 1;

/** Eight ones, in memory: engines make a literal anew at every use. */
const ONES = memory.data<u16>([1, 1, 1, 1, 1, 1, 1, 1], 16);

/** Inputs rounded up to whole groups. */
// @ts-ignore: decorator
@inline
function grouped(inputs: i32): i32 {
  return (inputs + GROUP - 1) & -GROUP;
}

/** Bytes of `outputs` (a multiple of 16) x `inputs` packed weights. */
export function packedInt8Bytes(outputs: i32, inputs: i32): u64 {
  return <u64>outputs * <u64>grouped(inputs) * <u64>WEIGHT_BYTES;
}

/** Bytes of one row of quantised activations. */
export function quantizedRowBytes(inputs: i32): usize {
  return (<usize>grouped(inputs) * WEIGHT_BYTES + 15) & ~15;
}

/** Stores weight `value` of channel `output` and input `input`: panels [N/16][K/GROUP][16][GROUP]. */
export function storeInt8(weights: usize, inputs: i32, output: i32, input: i32, value: i32): void {
  const panel = <usize>(output >> 4) * <usize>grouped(inputs) * 16;
  const index = panel + <usize>((input / GROUP) * 16 * GROUP + (output & 15) * GROUP + input % GROUP);
  if (WEIGHT_BYTES == 1) store<i8>(weights + index, <i8>value);
  else store<i16>(weights + (index << 1), <i16>value);
}

/**
 * Stores `count` int8 weights at `data` for channel `output` and the inputs from `input` (a multiple of 16) on.
 * Returns their sum.
 */
export function storeInt8Row(
  weights: usize, inputs: i32, output: i32, input: i32, data: usize, count: i32
): i32 {
  let total = 0, i = 0;
  if (ASC_FEATURE_SIMD) {
    // One 32-bit lane holds a group; lanes of one channel lie 16 channels apart.
    const step = GROUP << 2;
    const ones = v128.load(ONES);
    let sums = i32x4.splat(0);
    let out = weights + (<usize>(output >> 4) * <usize>grouped(inputs) * 16 + <usize>(input << 4)) * WEIGHT_BYTES;
    out += <usize>(output & 15) << 2;
    for (; i + step <= count; i += step, out += 256) {
      const low = v128.load8x8_s(data + <usize>i);
      let packed = low;
      sums = i32x4.add(sums, i32x4.dot_i16x8_s(low, ones));
      if (GROUP == 4) {
        packed = v128.load(data + <usize>i);
        sums = i32x4.add(sums, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(packed), ones));
      }
      v128.store32_lane(out, packed, 0);
      v128.store32_lane(out, packed, 1, 64);
      v128.store32_lane(out, packed, 2, 128);
      v128.store32_lane(out, packed, 3, 192);
    }
    total = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) +
      i32x4.extract_lane(sums, 3);
  }
  for (; i < count; i++) {
    const value = <i32>load<i8>(data + <usize>i);
    total += value;
    storeInt8(weights, inputs, output, input + i, value);
  }
  return total;
}

/** Quantises one row of `inputs` numbers. `row` gets the integers, `parameters` step and least (2 f32). */
function quantizeRow(x: usize, inputs: i32, row: usize, parameters: usize): void {
  let least: f32 = load<f32>(x), most: f32 = least;
  const end = x + (<usize>inputs << 2);
  let p = x;
  if (ASC_FEATURE_SIMD) {
    let low = f32x4.splat(least), high = low, nan = i32x4.splat(0);
    for (; p + 16 <= end; p += 16) {
      const v = v128.load(p);
      low = f32x4.pmin(low, v);
      high = f32x4.pmax(high, v);
      nan = v128.or(nan, f32x4.ne(v, v));
    }
    low = f32x4.pmin(low, i8x16.shuffle(low, low, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    high = f32x4.pmax(high, i8x16.shuffle(high, high, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    least = min<f32>(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1));
    most = max<f32>(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1));
    // Comparisons pass over NaN, which must not get lost.
    if (v128.any_true(nan)) least = NaN;
  }
  for (; p < end; p += 4) {
    least = min<f32>(least, load<f32>(p));
    most = max<f32>(most, load<f32>(p));
  }
  // The sign of a zero depends on the order of comparisons: + 0 leaves only one.
  least += 0;
  const range = most - least;
  // Below this the reciprocal would overflow; such a row is as good as constant.
  const scale: f32 = range > <f32>1e-30 ? <f32>127.0 / range : 0;
  store<f32>(parameters, range / <f32>127.0);
  store<f32>(parameters, least, 4);
  p = x;
  if (ASC_FEATURE_SIMD) {
    const magic = f32x4.splat(12582912.0), mask = i32x4.splat(127);
    const scales = f32x4.splat(scale), leasts = f32x4.splat(least);
    for (; p + 16 <= end; p += 16) {
      const scaled = f32x4.mul(f32x4.sub(v128.load(p), leasts), scales);
      const q = v128.and(f32x4.add(scaled, magic), mask);
      const words = i16x8.narrow_i32x4_s(q, q);
      if (WEIGHT_BYTES == 2) {
        v128.store64_lane(row, words, 0);
        row += 8;
      } else {
        v128.store32_lane(row, i8x16.narrow_i16x8_s(words, words), 0);
        row += 4;
      }
    }
  }
  for (; p < end; p += 4) {
    const q = reinterpret<i32>((load<f32>(p) - least) * scale + <f32>12582912.0) & 127;
    if (WEIGHT_BYTES == 2) store<i16>(row, <i16>q);
    else store<i8>(row, <i8>q);
    row += WEIGHT_BYTES;
  }
  // What completes the last group meets weights of zero, but must be a valid seven-bit operand.
  for (let k = inputs; k < grouped(inputs); k++, row += WEIGHT_BYTES) {
    if (WEIGHT_BYTES == 2) store<i16>(row, 0);
    else store<i8>(row, 0);
  }
}

/**
 * C = A · W + bias. `weights` as packed by storeInt8; `scales` and `bias` f32, `sums` i32 (Σ of each channel's
 * integers), all padded to 16 · `panels`; `scratch` holds 2 quantised rows and their parameters.
 */
export function gemmInt8(
  a: usize, aStride: usize, m: i32, inputs: i32, weights: usize, panels: i32, scales: usize, sums: usize,
  bias: usize, c: usize, cStride: usize, scratch: usize
): void {
  const rowBytes = quantizedRowBytes(inputs);
  const parameters = scratch + <usize>m * rowBytes;
  for (let row = 0; row < m; row++) {
    quantizeRow(
      a + <usize>row * aStride, inputs, scratch + <usize>row * rowBytes, parameters + (<usize>row << 3)
    );
  }
  const panelBytes = <usize>packedInt8Bytes(16, inputs);
  const groups = grouped(inputs) / GROUP;
  for (; panels > 0; panels--, weights += panelBytes, scales += 64, sums += 64, bias += 64, c += 64) {
    let row = 0;
    let q = scratch, out = c, p = parameters;
    for (; row + 1 < m; row += 2, q += rowBytes << 1, out += cStride << 1, p += 16) {
      if (ASC_FEATURE_SIMD) {
        tile2x16(q, q + rowBytes, groups, weights, scales, sums, bias, out, out + cStride, p);
      } else {
        tile1x16Scalar(q, groups, weights, scales, sums, bias, out, p);
        tile1x16Scalar(q + rowBytes, groups, weights, scales, sums, bias, out + cStride, p + 8);
      }
    }
    if (row < m) {
      // A lone last row goes through the same tile twice: integer sums do not depend on the tile.
      if (ASC_FEATURE_SIMD) tile2x16(q, q, groups, weights, scales, sums, bias, out, out, p);
      else tile1x16Scalar(q, groups, weights, scales, sums, bias, out, p);
    }
  }
}

/** 4 (relaxed) or 2 (simd) products a 32-bit lane, added to `sum`. */
// @ts-ignore: decorator
@inline
function dot(w: v128, q: v128, ones: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    const pairs = i16x8.relaxed_dot_i8x16_i7x16_s(w, q);
    return i32x4.add(sum, i32x4.dot_i16x8_s(pairs, ones));
  } else {
    return i32x4.add(sum, i32x4.dot_i16x8_s(w, q));
  }
}

// @ts-ignore: decorator
@inline
function tile2x16(
  q0: usize, q1: usize, groups: i32, w: usize, scales: usize, sums: usize, bias: usize, out0: usize,
  out1: usize, parameters: usize
): void {
  let s00 = i32x4.splat(0), s01 = s00, s02 = s00, s03 = s00;
  let s10 = s00, s11 = s00, s12 = s00, s13 = s00;
  const end = q0 + (<usize>groups << 2);
  const second = q0 == q1 ? parameters : parameters + 8;
  const ones = v128.load(ONES);
  do {
    const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
    const x = v128.load32_splat(q0);
    s00 = dot(w0, x, ones, s00);
    s01 = dot(w1, x, ones, s01);
    s02 = dot(w2, x, ones, s02);
    s03 = dot(w3, x, ones, s03);
    const y = v128.load32_splat(q1);
    s10 = dot(w0, y, ones, s10);
    s11 = dot(w1, y, ones, s11);
    s12 = dot(w2, y, ones, s12);
    s13 = dot(w3, y, ones, s13);
    w += 64;
    q0 += 4;
    q1 += 4;
  } while (q0 < end);
  finish(s00, parameters, scales, sums, bias, out0);
  finish(s01, parameters, scales + 16, sums + 16, bias + 16, out0 + 16);
  finish(s02, parameters, scales + 32, sums + 32, bias + 32, out0 + 32);
  finish(s03, parameters, scales + 48, sums + 48, bias + 48, out0 + 48);
  finish(s10, second, scales, sums, bias, out1);
  finish(s11, second, scales + 16, sums + 16, bias + 16, out1 + 16);
  finish(s12, second, scales + 32, sums + 32, bias + 32, out1 + 32);
  finish(s13, second, scales + 48, sums + 48, bias + 48, out1 + 48);
}

/** Four integer sums to four outputs. */
function finish(s: v128, parameters: usize, scales: usize, sums: usize, bias: usize, out: usize): void {
  const scaled = f32x4.mul(f32x4.convert_i32x4_s(s), v128.load32_splat(parameters));
  const shifted = f32x4.mul(f32x4.convert_i32x4_s(v128.load(sums)), v128.load32_splat(parameters, 4));
  const y = f32x4.mul(f32x4.add(scaled, shifted), v128.load(scales));
  v128.store(out, f32x4.add(y, v128.load(bias)));
}

function tile1x16Scalar(
  q: usize, groups: i32, w: usize, scales: usize, sums: usize, bias: usize, out: usize, parameters: usize
): void {
  const end = q + <usize>groups;
  const step = load<f32>(parameters), least = load<f32>(parameters, 4);
  for (let column: usize = 0; column < 16; column += 4) {
    let s0: i32 = 0, s1: i32 = 0, s2: i32 = 0, s3: i32 = 0;
    let x = q, y = w + column;
    do {
      const x0 = <i32>load<i8>(x);
      s0 += x0 * <i32>load<i8>(y); s1 += x0 * <i32>load<i8>(y, 1);
      s2 += x0 * <i32>load<i8>(y, 2); s3 += x0 * <i32>load<i8>(y, 3);
      y += 16;
      x += 1;
    } while (x < end);
    const at = column << 2;
    finishScalar(s0, step, least, scales + at, sums + at, bias + at, out + at);
    finishScalar(s1, step, least, scales + at + 4, sums + at + 4, bias + at + 4, out + at + 4);
    finishScalar(s2, step, least, scales + at + 8, sums + at + 8, bias + at + 8, out + at + 8);
    finishScalar(s3, step, least, scales + at + 12, sums + at + 12, bias + at + 12, out + at + 12);
  }
}

function finishScalar(s: i32, step: f32, least: f32, scale: usize, sum: usize, bias: usize, out: usize): void {
  store<f32>(out, (<f32>s * step + <f32>load<i32>(sum) * least) * load<f32>(scale) + load<f32>(bias));
}
