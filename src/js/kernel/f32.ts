// Every kernel computes in double precision and rounds each result to float32. For + - * / and square roots of float32
// this gives the bits of float32 arithmetic (Figueroa 1995), so that the answers are those of the wasm kernels.

/** Least normal float32, and half a step beyond the largest, which rounds to infinity. */
const LEAST_NORMAL = 2 ** -126;
const TOO_LARGE = 2 ** 128 - 2 ** 103;
/** 1.5 · 2^52 steps of the subnormal float32: adding it rounds to a multiple of 2^-149. */
const SUBNORMAL_MAGIC = 1.5 * 2 ** -97;
/** 2^29 + 1 splits a double into its upper 24 bits and the rest, 2^30 + 1 into 23 (Veltkamp 1968). */
const SPLIT_24 = 2 ** 29 + 1;
const SPLIT_23 = 2 ** 30 + 1;

/** The nearest float32, ties to even, by + - * alone. */
export function roundToFloat32(x: number): number {
  const magnitude = x < 0 ? -x : x;
  if (magnitude < LEAST_NORMAL) return x + SUBNORMAL_MAGIC - SUBNORMAL_MAGIC || x * 0;
  if (!(magnitude < TOO_LARGE)) return x * Number.POSITIVE_INFINITY;
  // Not functions of their own: where this one is needed, a call costs more than all of its arithmetic.
  let scaled = x * SPLIT_24;
  const near = scaled - (scaled - x);
  const rest = x - near;
  if (rest === 0) return near;
  // Of a tie, the number on the other side of x is a float32 too, and one of the two is even.
  const other = near + 2 * rest;
  scaled = other * SPLIT_24;
  if (scaled - (scaled - other) !== other) return near;
  scaled = near * SPLIT_23;
  return scaled - (scaled - near) === near ? near : other;
}

/** Rounds as an array of one float32 does; some engines have such arrays but no Math.fround. */
function through(cell: Float32Array): (x: number) => number {
  return (x) => {
    cell[0] = x;
    return cell[0]!;
  };
}

function fastestRounding(): (x: number) => number {
  if (typeof Math.fround === 'function') return Math.fround;
  return typeof Float32Array === 'function' ? through(new Float32Array(1)) : roundToFloat32;
}

/** The nearest float32, ties to even. */
export const f32: (x: number) => number = fastestRounding();
