import { floats, type Numbers } from '../numbers.ts';
import { f32 } from './f32.ts';
import { softmax } from './softmax.ts';

/**
 * Scaled dot-product attention (Vaswani et al. 2017) of one sequence and one head: softmax(Q · Kᵀ / √size) · V.
 *
 * @param projected a row a token: queries of all heads, then keys, then values, `width` numbers each
 * @param first where the head begins in each of the three
 * @param out a row a token; numbers `first` to `first + size` are written
 */
export function attend(
  projected: readonly Numbers[],
  width: number,
  first: number,
  size: number,
  out: readonly Numbers[],
): void {
  const length = projected.length;
  const scale = f32(1 / f32(Math.sqrt(size)));
  const scores = floats(length);
  for (let t = 0; t < length; t++) {
    score(projected[t]!, projected, width, first, size, scores);
    softmax(scores, length, scale);
    mix(scores, projected, 2 * width + first, size, first, out[t]!);
  }
}

/** scores = q · each key; four keys at a time, as a number of the query is then read once. */
function score(
  query: Numbers,
  projected: readonly Numbers[],
  width: number,
  first: number,
  size: number,
  scores: Numbers,
): void {
  const last = projected.length - 1;
  const end = first + size;
  for (let s = 0; s <= last; s += 4) {
    // Behind the last key stands the last key: what it scores is written once more.
    const k0 = projected[s]!;
    const k1 = projected[Math.min(s + 1, last)]!;
    const k2 = projected[Math.min(s + 2, last)]!;
    const k3 = projected[Math.min(s + 3, last)]!;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = first, k = width + first; i < end; i++, k++) {
      const q = query[i]!;
      s0 = f32(s0 + f32(q * k0[k]!));
      s1 = f32(s1 + f32(q * k1[k]!));
      s2 = f32(s2 + f32(q * k2[k]!));
      s3 = f32(s3 + f32(q * k3[k]!));
    }
    scores[s] = s0;
    if (s + 1 <= last) scores[s + 1] = s1;
    if (s + 2 <= last) scores[s + 2] = s2;
    if (s + 3 <= last) scores[s + 3] = s3;
  }
}

/** out = sum of the values, each times its score; four dimensions at a time. */
function mix(
  scores: Numbers,
  projected: readonly Numbers[],
  from: number,
  size: number,
  to: number,
  out: Numbers,
): void {
  const length = projected.length;
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    const v = from + i;
    let o0 = 0;
    let o1 = 0;
    let o2 = 0;
    let o3 = 0;
    for (let s = 0; s < length; s++) {
      const weight = scores[s]!;
      const value = projected[s]!;
      o0 = f32(o0 + f32(weight * value[v]!));
      o1 = f32(o1 + f32(weight * value[v + 1]!));
      o2 = f32(o2 + f32(weight * value[v + 2]!));
      o3 = f32(o3 + f32(weight * value[v + 3]!));
    }
    out[to + i] = o0;
    out[to + i + 1] = o1;
    out[to + i + 2] = o2;
    out[to + i + 3] = o3;
  }
  for (; i < size; i++) {
    let o = 0;
    for (let s = 0; s < length; s++) o = f32(o + f32(scores[s]! * projected[s]![from + i]!));
    out[to + i] = o;
  }
}
