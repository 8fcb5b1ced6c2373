// MD5 (RFC 1321) of several messages at once: one a 32-bit lane of a vector, and two vectors side by side, since
// each step waits for the one before and leaves half of the machine idle. The scalar tier takes one message and
// T is u32; elsewhere it is v128.

/** Messages that one call of md5Block works on. */
export const LANES: i32 = ASC_FEATURE_SIMD ? 8 : 1;

/** A state or a block word holds LANES lanes side by side; this is how far apart such words lie. */
export const WORD_BYTES: usize = <usize>LANES << 2;

/** floor(2^32 · |sin(i + 1)|), RFC 1321, 3.4. In memory, since engines load a splat faster than a literal. */
const SINES = memory.data<u32>([
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
  0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
  0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
  0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
  0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
  0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
  0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391
]);

// @ts-ignore: decorator
@inline
function add<T>(a: T, b: T): T {
  if (isVector<T>()) return i32x4.add(a, b);
  else return a + b;
}

// @ts-ignore: decorator
@inline
function xor<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.xor(a, b);
  else return a ^ b;
}

// @ts-ignore: decorator
@inline
function rotate<T>(a: T, bits: i32): T {
  if (isVector<T>()) return v128.or(i32x4.shl(a, bits), i32x4.shr_u(a, 32 - bits));
  else return rotl<u32>(a, bits);
}

// @ts-ignore: decorator
@inline
function sine<T>(i: i32): T {
  if (isVector<T>()) return v128.load32_splat(SINES + (<usize>i << 2));
  else return load<u32>(SINES + (<usize>i << 2));
}

/** x where the mask has ones, y where it has zeros: F and G of the RFC. */
// @ts-ignore: decorator
@inline
function select<T>(mask: T, x: T, y: T): T {
  if (isVector<T>()) return v128.xor(y, v128.and(mask, v128.xor(x, y)));
  else return y ^ (mask & (x ^ y));
}

/** I of the RFC: y ^ (x | ~z) */
// @ts-ignore: decorator
@inline
function orNot<T>(x: T, y: T, z: T): T {
  if (isVector<T>()) return v128.xor(y, v128.or(x, v128.not(z)));
  else return y ^ (x | ~z);
}

// @ts-ignore: decorator
@inline
function step<T>(a: T, b: T, mixed: T, block: usize, word: i32, i: i32, bits: i32): T {
  const sum = add<T>(add<T>(add<T>(load<T>(block + <usize>word * WORD_BYTES), sine<T>(i)), a), mixed);
  return add<T>(b, rotate<T>(sum, bits));
}

/**
 * One MD5 block for all lanes.
 *
 * @param block 16 words, each LANES lanes wide
 * @param state 4 such words: read, and the new state written to `out`
 */
export function md5Block(block: usize, state: usize, out: usize): void {
  if (ASC_FEATURE_SIMD) pairOfVectors(block, state, out);
  else single(block, state, out);
}

function pairOfVectors(block: usize, state: usize, out: usize): void {
  let a = v128.load(state), b = v128.load(state, 32), c = v128.load(state, 64), d = v128.load(state, 96);
  let a2 = v128.load(state, 16), b2 = v128.load(state, 48), c2 = v128.load(state, 80), d2 = v128.load(state, 112);

  a = step<v128>(a, b, select<v128>(b, c, d), block, 0, 0, 7);
  a2 = step<v128>(a2, b2, select<v128>(b2, c2, d2), block + 16, 0, 0, 7);
  d = step<v128>(d, a, select<v128>(a, b, c), block, 1, 1, 12);
  d2 = step<v128>(d2, a2, select<v128>(a2, b2, c2), block + 16, 1, 1, 12);
  c = step<v128>(c, d, select<v128>(d, a, b), block, 2, 2, 17);
  c2 = step<v128>(c2, d2, select<v128>(d2, a2, b2), block + 16, 2, 2, 17);
  b = step<v128>(b, c, select<v128>(c, d, a), block, 3, 3, 22);
  b2 = step<v128>(b2, c2, select<v128>(c2, d2, a2), block + 16, 3, 3, 22);
  a = step<v128>(a, b, select<v128>(b, c, d), block, 4, 4, 7);
  a2 = step<v128>(a2, b2, select<v128>(b2, c2, d2), block + 16, 4, 4, 7);
  d = step<v128>(d, a, select<v128>(a, b, c), block, 5, 5, 12);
  d2 = step<v128>(d2, a2, select<v128>(a2, b2, c2), block + 16, 5, 5, 12);
  c = step<v128>(c, d, select<v128>(d, a, b), block, 6, 6, 17);
  c2 = step<v128>(c2, d2, select<v128>(d2, a2, b2), block + 16, 6, 6, 17);
  b = step<v128>(b, c, select<v128>(c, d, a), block, 7, 7, 22);
  b2 = step<v128>(b2, c2, select<v128>(c2, d2, a2), block + 16, 7, 7, 22);
  a = step<v128>(a, b, select<v128>(b, c, d), block, 8, 8, 7);
  a2 = step<v128>(a2, b2, select<v128>(b2, c2, d2), block + 16, 8, 8, 7);
  d = step<v128>(d, a, select<v128>(a, b, c), block, 9, 9, 12);
  d2 = step<v128>(d2, a2, select<v128>(a2, b2, c2), block + 16, 9, 9, 12);
  c = step<v128>(c, d, select<v128>(d, a, b), block, 10, 10, 17);
  c2 = step<v128>(c2, d2, select<v128>(d2, a2, b2), block + 16, 10, 10, 17);
  b = step<v128>(b, c, select<v128>(c, d, a), block, 11, 11, 22);
  b2 = step<v128>(b2, c2, select<v128>(c2, d2, a2), block + 16, 11, 11, 22);
  a = step<v128>(a, b, select<v128>(b, c, d), block, 12, 12, 7);
  a2 = step<v128>(a2, b2, select<v128>(b2, c2, d2), block + 16, 12, 12, 7);
  d = step<v128>(d, a, select<v128>(a, b, c), block, 13, 13, 12);
  d2 = step<v128>(d2, a2, select<v128>(a2, b2, c2), block + 16, 13, 13, 12);
  c = step<v128>(c, d, select<v128>(d, a, b), block, 14, 14, 17);
  c2 = step<v128>(c2, d2, select<v128>(d2, a2, b2), block + 16, 14, 14, 17);
  b = step<v128>(b, c, select<v128>(c, d, a), block, 15, 15, 22);
  b2 = step<v128>(b2, c2, select<v128>(c2, d2, a2), block + 16, 15, 15, 22);

  a = step<v128>(a, b, select<v128>(d, b, c), block, 1, 16, 5);
  a2 = step<v128>(a2, b2, select<v128>(d2, b2, c2), block + 16, 1, 16, 5);
  d = step<v128>(d, a, select<v128>(c, a, b), block, 6, 17, 9);
  d2 = step<v128>(d2, a2, select<v128>(c2, a2, b2), block + 16, 6, 17, 9);
  c = step<v128>(c, d, select<v128>(b, d, a), block, 11, 18, 14);
  c2 = step<v128>(c2, d2, select<v128>(b2, d2, a2), block + 16, 11, 18, 14);
  b = step<v128>(b, c, select<v128>(a, c, d), block, 0, 19, 20);
  b2 = step<v128>(b2, c2, select<v128>(a2, c2, d2), block + 16, 0, 19, 20);
  a = step<v128>(a, b, select<v128>(d, b, c), block, 5, 20, 5);
  a2 = step<v128>(a2, b2, select<v128>(d2, b2, c2), block + 16, 5, 20, 5);
  d = step<v128>(d, a, select<v128>(c, a, b), block, 10, 21, 9);
  d2 = step<v128>(d2, a2, select<v128>(c2, a2, b2), block + 16, 10, 21, 9);
  c = step<v128>(c, d, select<v128>(b, d, a), block, 15, 22, 14);
  c2 = step<v128>(c2, d2, select<v128>(b2, d2, a2), block + 16, 15, 22, 14);
  b = step<v128>(b, c, select<v128>(a, c, d), block, 4, 23, 20);
  b2 = step<v128>(b2, c2, select<v128>(a2, c2, d2), block + 16, 4, 23, 20);
  a = step<v128>(a, b, select<v128>(d, b, c), block, 9, 24, 5);
  a2 = step<v128>(a2, b2, select<v128>(d2, b2, c2), block + 16, 9, 24, 5);
  d = step<v128>(d, a, select<v128>(c, a, b), block, 14, 25, 9);
  d2 = step<v128>(d2, a2, select<v128>(c2, a2, b2), block + 16, 14, 25, 9);
  c = step<v128>(c, d, select<v128>(b, d, a), block, 3, 26, 14);
  c2 = step<v128>(c2, d2, select<v128>(b2, d2, a2), block + 16, 3, 26, 14);
  b = step<v128>(b, c, select<v128>(a, c, d), block, 8, 27, 20);
  b2 = step<v128>(b2, c2, select<v128>(a2, c2, d2), block + 16, 8, 27, 20);
  a = step<v128>(a, b, select<v128>(d, b, c), block, 13, 28, 5);
  a2 = step<v128>(a2, b2, select<v128>(d2, b2, c2), block + 16, 13, 28, 5);
  d = step<v128>(d, a, select<v128>(c, a, b), block, 2, 29, 9);
  d2 = step<v128>(d2, a2, select<v128>(c2, a2, b2), block + 16, 2, 29, 9);
  c = step<v128>(c, d, select<v128>(b, d, a), block, 7, 30, 14);
  c2 = step<v128>(c2, d2, select<v128>(b2, d2, a2), block + 16, 7, 30, 14);
  b = step<v128>(b, c, select<v128>(a, c, d), block, 12, 31, 20);
  b2 = step<v128>(b2, c2, select<v128>(a2, c2, d2), block + 16, 12, 31, 20);

  a = step<v128>(a, b, xor<v128>(xor<v128>(b, c), d), block, 5, 32, 4);
  a2 = step<v128>(a2, b2, xor<v128>(xor<v128>(b2, c2), d2), block + 16, 5, 32, 4);
  d = step<v128>(d, a, xor<v128>(xor<v128>(a, b), c), block, 8, 33, 11);
  d2 = step<v128>(d2, a2, xor<v128>(xor<v128>(a2, b2), c2), block + 16, 8, 33, 11);
  c = step<v128>(c, d, xor<v128>(xor<v128>(d, a), b), block, 11, 34, 16);
  c2 = step<v128>(c2, d2, xor<v128>(xor<v128>(d2, a2), b2), block + 16, 11, 34, 16);
  b = step<v128>(b, c, xor<v128>(xor<v128>(c, d), a), block, 14, 35, 23);
  b2 = step<v128>(b2, c2, xor<v128>(xor<v128>(c2, d2), a2), block + 16, 14, 35, 23);
  a = step<v128>(a, b, xor<v128>(xor<v128>(b, c), d), block, 1, 36, 4);
  a2 = step<v128>(a2, b2, xor<v128>(xor<v128>(b2, c2), d2), block + 16, 1, 36, 4);
  d = step<v128>(d, a, xor<v128>(xor<v128>(a, b), c), block, 4, 37, 11);
  d2 = step<v128>(d2, a2, xor<v128>(xor<v128>(a2, b2), c2), block + 16, 4, 37, 11);
  c = step<v128>(c, d, xor<v128>(xor<v128>(d, a), b), block, 7, 38, 16);
  c2 = step<v128>(c2, d2, xor<v128>(xor<v128>(d2, a2), b2), block + 16, 7, 38, 16);
  b = step<v128>(b, c, xor<v128>(xor<v128>(c, d), a), block, 10, 39, 23);
  b2 = step<v128>(b2, c2, xor<v128>(xor<v128>(c2, d2), a2), block + 16, 10, 39, 23);
  a = step<v128>(a, b, xor<v128>(xor<v128>(b, c), d), block, 13, 40, 4);
  a2 = step<v128>(a2, b2, xor<v128>(xor<v128>(b2, c2), d2), block + 16, 13, 40, 4);
  d = step<v128>(d, a, xor<v128>(xor<v128>(a, b), c), block, 0, 41, 11);
  d2 = step<v128>(d2, a2, xor<v128>(xor<v128>(a2, b2), c2), block + 16, 0, 41, 11);
  c = step<v128>(c, d, xor<v128>(xor<v128>(d, a), b), block, 3, 42, 16);
  c2 = step<v128>(c2, d2, xor<v128>(xor<v128>(d2, a2), b2), block + 16, 3, 42, 16);
  b = step<v128>(b, c, xor<v128>(xor<v128>(c, d), a), block, 6, 43, 23);
  b2 = step<v128>(b2, c2, xor<v128>(xor<v128>(c2, d2), a2), block + 16, 6, 43, 23);
  a = step<v128>(a, b, xor<v128>(xor<v128>(b, c), d), block, 9, 44, 4);
  a2 = step<v128>(a2, b2, xor<v128>(xor<v128>(b2, c2), d2), block + 16, 9, 44, 4);
  d = step<v128>(d, a, xor<v128>(xor<v128>(a, b), c), block, 12, 45, 11);
  d2 = step<v128>(d2, a2, xor<v128>(xor<v128>(a2, b2), c2), block + 16, 12, 45, 11);
  c = step<v128>(c, d, xor<v128>(xor<v128>(d, a), b), block, 15, 46, 16);
  c2 = step<v128>(c2, d2, xor<v128>(xor<v128>(d2, a2), b2), block + 16, 15, 46, 16);
  b = step<v128>(b, c, xor<v128>(xor<v128>(c, d), a), block, 2, 47, 23);
  b2 = step<v128>(b2, c2, xor<v128>(xor<v128>(c2, d2), a2), block + 16, 2, 47, 23);

  a = step<v128>(a, b, orNot<v128>(b, c, d), block, 0, 48, 6);
  a2 = step<v128>(a2, b2, orNot<v128>(b2, c2, d2), block + 16, 0, 48, 6);
  d = step<v128>(d, a, orNot<v128>(a, b, c), block, 7, 49, 10);
  d2 = step<v128>(d2, a2, orNot<v128>(a2, b2, c2), block + 16, 7, 49, 10);
  c = step<v128>(c, d, orNot<v128>(d, a, b), block, 14, 50, 15);
  c2 = step<v128>(c2, d2, orNot<v128>(d2, a2, b2), block + 16, 14, 50, 15);
  b = step<v128>(b, c, orNot<v128>(c, d, a), block, 5, 51, 21);
  b2 = step<v128>(b2, c2, orNot<v128>(c2, d2, a2), block + 16, 5, 51, 21);
  a = step<v128>(a, b, orNot<v128>(b, c, d), block, 12, 52, 6);
  a2 = step<v128>(a2, b2, orNot<v128>(b2, c2, d2), block + 16, 12, 52, 6);
  d = step<v128>(d, a, orNot<v128>(a, b, c), block, 3, 53, 10);
  d2 = step<v128>(d2, a2, orNot<v128>(a2, b2, c2), block + 16, 3, 53, 10);
  c = step<v128>(c, d, orNot<v128>(d, a, b), block, 10, 54, 15);
  c2 = step<v128>(c2, d2, orNot<v128>(d2, a2, b2), block + 16, 10, 54, 15);
  b = step<v128>(b, c, orNot<v128>(c, d, a), block, 1, 55, 21);
  b2 = step<v128>(b2, c2, orNot<v128>(c2, d2, a2), block + 16, 1, 55, 21);
  a = step<v128>(a, b, orNot<v128>(b, c, d), block, 8, 56, 6);
  a2 = step<v128>(a2, b2, orNot<v128>(b2, c2, d2), block + 16, 8, 56, 6);
  d = step<v128>(d, a, orNot<v128>(a, b, c), block, 15, 57, 10);
  d2 = step<v128>(d2, a2, orNot<v128>(a2, b2, c2), block + 16, 15, 57, 10);
  c = step<v128>(c, d, orNot<v128>(d, a, b), block, 6, 58, 15);
  c2 = step<v128>(c2, d2, orNot<v128>(d2, a2, b2), block + 16, 6, 58, 15);
  b = step<v128>(b, c, orNot<v128>(c, d, a), block, 13, 59, 21);
  b2 = step<v128>(b2, c2, orNot<v128>(c2, d2, a2), block + 16, 13, 59, 21);
  a = step<v128>(a, b, orNot<v128>(b, c, d), block, 4, 60, 6);
  a2 = step<v128>(a2, b2, orNot<v128>(b2, c2, d2), block + 16, 4, 60, 6);
  d = step<v128>(d, a, orNot<v128>(a, b, c), block, 11, 61, 10);
  d2 = step<v128>(d2, a2, orNot<v128>(a2, b2, c2), block + 16, 11, 61, 10);
  c = step<v128>(c, d, orNot<v128>(d, a, b), block, 2, 62, 15);
  c2 = step<v128>(c2, d2, orNot<v128>(d2, a2, b2), block + 16, 2, 62, 15);
  b = step<v128>(b, c, orNot<v128>(c, d, a), block, 9, 63, 21);
  b2 = step<v128>(b2, c2, orNot<v128>(c2, d2, a2), block + 16, 9, 63, 21);

  v128.store(out, i32x4.add(a, v128.load(state)));
  v128.store(out, i32x4.add(a2, v128.load(state, 16)), 16);
  v128.store(out, i32x4.add(b, v128.load(state, 32)), 32);
  v128.store(out, i32x4.add(b2, v128.load(state, 48)), 48);
  v128.store(out, i32x4.add(c, v128.load(state, 64)), 64);
  v128.store(out, i32x4.add(c2, v128.load(state, 80)), 80);
  v128.store(out, i32x4.add(d, v128.load(state, 96)), 96);
  v128.store(out, i32x4.add(d2, v128.load(state, 112)), 112);
}

function single(block: usize, state: usize, out: usize): void {
  let a = load<u32>(state), b = load<u32>(state, 4), c = load<u32>(state, 8), d = load<u32>(state, 12);

  a = step<u32>(a, b, select<u32>(b, c, d), block, 0, 0, 7);
  d = step<u32>(d, a, select<u32>(a, b, c), block, 1, 1, 12);
  c = step<u32>(c, d, select<u32>(d, a, b), block, 2, 2, 17);
  b = step<u32>(b, c, select<u32>(c, d, a), block, 3, 3, 22);
  a = step<u32>(a, b, select<u32>(b, c, d), block, 4, 4, 7);
  d = step<u32>(d, a, select<u32>(a, b, c), block, 5, 5, 12);
  c = step<u32>(c, d, select<u32>(d, a, b), block, 6, 6, 17);
  b = step<u32>(b, c, select<u32>(c, d, a), block, 7, 7, 22);
  a = step<u32>(a, b, select<u32>(b, c, d), block, 8, 8, 7);
  d = step<u32>(d, a, select<u32>(a, b, c), block, 9, 9, 12);
  c = step<u32>(c, d, select<u32>(d, a, b), block, 10, 10, 17);
  b = step<u32>(b, c, select<u32>(c, d, a), block, 11, 11, 22);
  a = step<u32>(a, b, select<u32>(b, c, d), block, 12, 12, 7);
  d = step<u32>(d, a, select<u32>(a, b, c), block, 13, 13, 12);
  c = step<u32>(c, d, select<u32>(d, a, b), block, 14, 14, 17);
  b = step<u32>(b, c, select<u32>(c, d, a), block, 15, 15, 22);

  a = step<u32>(a, b, select<u32>(d, b, c), block, 1, 16, 5);
  d = step<u32>(d, a, select<u32>(c, a, b), block, 6, 17, 9);
  c = step<u32>(c, d, select<u32>(b, d, a), block, 11, 18, 14);
  b = step<u32>(b, c, select<u32>(a, c, d), block, 0, 19, 20);
  a = step<u32>(a, b, select<u32>(d, b, c), block, 5, 20, 5);
  d = step<u32>(d, a, select<u32>(c, a, b), block, 10, 21, 9);
  c = step<u32>(c, d, select<u32>(b, d, a), block, 15, 22, 14);
  b = step<u32>(b, c, select<u32>(a, c, d), block, 4, 23, 20);
  a = step<u32>(a, b, select<u32>(d, b, c), block, 9, 24, 5);
  d = step<u32>(d, a, select<u32>(c, a, b), block, 14, 25, 9);
  c = step<u32>(c, d, select<u32>(b, d, a), block, 3, 26, 14);
  b = step<u32>(b, c, select<u32>(a, c, d), block, 8, 27, 20);
  a = step<u32>(a, b, select<u32>(d, b, c), block, 13, 28, 5);
  d = step<u32>(d, a, select<u32>(c, a, b), block, 2, 29, 9);
  c = step<u32>(c, d, select<u32>(b, d, a), block, 7, 30, 14);
  b = step<u32>(b, c, select<u32>(a, c, d), block, 12, 31, 20);

  a = step<u32>(a, b, xor<u32>(xor<u32>(b, c), d), block, 5, 32, 4);
  d = step<u32>(d, a, xor<u32>(xor<u32>(a, b), c), block, 8, 33, 11);
  c = step<u32>(c, d, xor<u32>(xor<u32>(d, a), b), block, 11, 34, 16);
  b = step<u32>(b, c, xor<u32>(xor<u32>(c, d), a), block, 14, 35, 23);
  a = step<u32>(a, b, xor<u32>(xor<u32>(b, c), d), block, 1, 36, 4);
  d = step<u32>(d, a, xor<u32>(xor<u32>(a, b), c), block, 4, 37, 11);
  c = step<u32>(c, d, xor<u32>(xor<u32>(d, a), b), block, 7, 38, 16);
  b = step<u32>(b, c, xor<u32>(xor<u32>(c, d), a), block, 10, 39, 23);
  a = step<u32>(a, b, xor<u32>(xor<u32>(b, c), d), block, 13, 40, 4);
  d = step<u32>(d, a, xor<u32>(xor<u32>(a, b), c), block, 0, 41, 11);
  c = step<u32>(c, d, xor<u32>(xor<u32>(d, a), b), block, 3, 42, 16);
  b = step<u32>(b, c, xor<u32>(xor<u32>(c, d), a), block, 6, 43, 23);
  a = step<u32>(a, b, xor<u32>(xor<u32>(b, c), d), block, 9, 44, 4);
  d = step<u32>(d, a, xor<u32>(xor<u32>(a, b), c), block, 12, 45, 11);
  c = step<u32>(c, d, xor<u32>(xor<u32>(d, a), b), block, 15, 46, 16);
  b = step<u32>(b, c, xor<u32>(xor<u32>(c, d), a), block, 2, 47, 23);

  a = step<u32>(a, b, orNot<u32>(b, c, d), block, 0, 48, 6);
  d = step<u32>(d, a, orNot<u32>(a, b, c), block, 7, 49, 10);
  c = step<u32>(c, d, orNot<u32>(d, a, b), block, 14, 50, 15);
  b = step<u32>(b, c, orNot<u32>(c, d, a), block, 5, 51, 21);
  a = step<u32>(a, b, orNot<u32>(b, c, d), block, 12, 52, 6);
  d = step<u32>(d, a, orNot<u32>(a, b, c), block, 3, 53, 10);
  c = step<u32>(c, d, orNot<u32>(d, a, b), block, 10, 54, 15);
  b = step<u32>(b, c, orNot<u32>(c, d, a), block, 1, 55, 21);
  a = step<u32>(a, b, orNot<u32>(b, c, d), block, 8, 56, 6);
  d = step<u32>(d, a, orNot<u32>(a, b, c), block, 15, 57, 10);
  c = step<u32>(c, d, orNot<u32>(d, a, b), block, 6, 58, 15);
  b = step<u32>(b, c, orNot<u32>(c, d, a), block, 13, 59, 21);
  a = step<u32>(a, b, orNot<u32>(b, c, d), block, 4, 60, 6);
  d = step<u32>(d, a, orNot<u32>(a, b, c), block, 11, 61, 10);
  c = step<u32>(c, d, orNot<u32>(d, a, b), block, 2, 62, 15);
  b = step<u32>(b, c, orNot<u32>(c, d, a), block, 9, 63, 21);

  store<u32>(out, a + load<u32>(state));
  store<u32>(out, b + load<u32>(state, 4), 4);
  store<u32>(out, c + load<u32>(state, 8), 8);
  store<u32>(out, d + load<u32>(state, 12), 12);
}
