// MD5 (RFC 1321) of four messages at once, one a 32-bit lane; the scalar tier takes them one by one.
// T is v128 or u32 throughout.

/** Messages that one call of md5Block works on. */
export const LANES: i32 = ASC_FEATURE_SIMD ? 4 : 1;

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
  if (isVector<T>()) return v128.bitselect(x, y, mask);
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
  const sum = add<T>(add<T>(a, mixed), add<T>(load<T>(block + <usize>word * sizeof<T>()), sine<T>(i)));
  return add<T>(b, rotate<T>(sum, bits));
}

/**
 * One MD5 block for all lanes.
 *
 * @param block 16 words, each LANES lanes wide
 * @param state 4 such words: read, and the new state written to `out`
 */
export function md5Block(block: usize, state: usize, out: usize): void {
  if (ASC_FEATURE_SIMD) rounds<v128>(block, state, out);
  else rounds<u32>(block, state, out);
}

// @ts-ignore: decorator
@inline
function rounds<T>(block: usize, state: usize, out: usize): void {
  const a0 = load<T>(state), b0 = load<T>(state + sizeof<T>());
  const c0 = load<T>(state + 2 * sizeof<T>()), d0 = load<T>(state + 3 * sizeof<T>());
  let a = a0, b = b0, c = c0, d = d0;

  a = step<T>(a, b, select<T>(b, c, d), block, 0, 0, 7);
  d = step<T>(d, a, select<T>(a, b, c), block, 1, 1, 12);
  c = step<T>(c, d, select<T>(d, a, b), block, 2, 2, 17);
  b = step<T>(b, c, select<T>(c, d, a), block, 3, 3, 22);
  a = step<T>(a, b, select<T>(b, c, d), block, 4, 4, 7);
  d = step<T>(d, a, select<T>(a, b, c), block, 5, 5, 12);
  c = step<T>(c, d, select<T>(d, a, b), block, 6, 6, 17);
  b = step<T>(b, c, select<T>(c, d, a), block, 7, 7, 22);
  a = step<T>(a, b, select<T>(b, c, d), block, 8, 8, 7);
  d = step<T>(d, a, select<T>(a, b, c), block, 9, 9, 12);
  c = step<T>(c, d, select<T>(d, a, b), block, 10, 10, 17);
  b = step<T>(b, c, select<T>(c, d, a), block, 11, 11, 22);
  a = step<T>(a, b, select<T>(b, c, d), block, 12, 12, 7);
  d = step<T>(d, a, select<T>(a, b, c), block, 13, 13, 12);
  c = step<T>(c, d, select<T>(d, a, b), block, 14, 14, 17);
  b = step<T>(b, c, select<T>(c, d, a), block, 15, 15, 22);

  a = step<T>(a, b, select<T>(d, b, c), block, 1, 16, 5);
  d = step<T>(d, a, select<T>(c, a, b), block, 6, 17, 9);
  c = step<T>(c, d, select<T>(b, d, a), block, 11, 18, 14);
  b = step<T>(b, c, select<T>(a, c, d), block, 0, 19, 20);
  a = step<T>(a, b, select<T>(d, b, c), block, 5, 20, 5);
  d = step<T>(d, a, select<T>(c, a, b), block, 10, 21, 9);
  c = step<T>(c, d, select<T>(b, d, a), block, 15, 22, 14);
  b = step<T>(b, c, select<T>(a, c, d), block, 4, 23, 20);
  a = step<T>(a, b, select<T>(d, b, c), block, 9, 24, 5);
  d = step<T>(d, a, select<T>(c, a, b), block, 14, 25, 9);
  c = step<T>(c, d, select<T>(b, d, a), block, 3, 26, 14);
  b = step<T>(b, c, select<T>(a, c, d), block, 8, 27, 20);
  a = step<T>(a, b, select<T>(d, b, c), block, 13, 28, 5);
  d = step<T>(d, a, select<T>(c, a, b), block, 2, 29, 9);
  c = step<T>(c, d, select<T>(b, d, a), block, 7, 30, 14);
  b = step<T>(b, c, select<T>(a, c, d), block, 12, 31, 20);

  a = step<T>(a, b, xor<T>(xor<T>(b, c), d), block, 5, 32, 4);
  d = step<T>(d, a, xor<T>(xor<T>(a, b), c), block, 8, 33, 11);
  c = step<T>(c, d, xor<T>(xor<T>(d, a), b), block, 11, 34, 16);
  b = step<T>(b, c, xor<T>(xor<T>(c, d), a), block, 14, 35, 23);
  a = step<T>(a, b, xor<T>(xor<T>(b, c), d), block, 1, 36, 4);
  d = step<T>(d, a, xor<T>(xor<T>(a, b), c), block, 4, 37, 11);
  c = step<T>(c, d, xor<T>(xor<T>(d, a), b), block, 7, 38, 16);
  b = step<T>(b, c, xor<T>(xor<T>(c, d), a), block, 10, 39, 23);
  a = step<T>(a, b, xor<T>(xor<T>(b, c), d), block, 13, 40, 4);
  d = step<T>(d, a, xor<T>(xor<T>(a, b), c), block, 0, 41, 11);
  c = step<T>(c, d, xor<T>(xor<T>(d, a), b), block, 3, 42, 16);
  b = step<T>(b, c, xor<T>(xor<T>(c, d), a), block, 6, 43, 23);
  a = step<T>(a, b, xor<T>(xor<T>(b, c), d), block, 9, 44, 4);
  d = step<T>(d, a, xor<T>(xor<T>(a, b), c), block, 12, 45, 11);
  c = step<T>(c, d, xor<T>(xor<T>(d, a), b), block, 15, 46, 16);
  b = step<T>(b, c, xor<T>(xor<T>(c, d), a), block, 2, 47, 23);

  a = step<T>(a, b, orNot<T>(b, c, d), block, 0, 48, 6);
  d = step<T>(d, a, orNot<T>(a, b, c), block, 7, 49, 10);
  c = step<T>(c, d, orNot<T>(d, a, b), block, 14, 50, 15);
  b = step<T>(b, c, orNot<T>(c, d, a), block, 5, 51, 21);
  a = step<T>(a, b, orNot<T>(b, c, d), block, 12, 52, 6);
  d = step<T>(d, a, orNot<T>(a, b, c), block, 3, 53, 10);
  c = step<T>(c, d, orNot<T>(d, a, b), block, 10, 54, 15);
  b = step<T>(b, c, orNot<T>(c, d, a), block, 1, 55, 21);
  a = step<T>(a, b, orNot<T>(b, c, d), block, 8, 56, 6);
  d = step<T>(d, a, orNot<T>(a, b, c), block, 15, 57, 10);
  c = step<T>(c, d, orNot<T>(d, a, b), block, 6, 58, 15);
  b = step<T>(b, c, orNot<T>(c, d, a), block, 13, 59, 21);
  a = step<T>(a, b, orNot<T>(b, c, d), block, 4, 60, 6);
  d = step<T>(d, a, orNot<T>(a, b, c), block, 11, 61, 10);
  c = step<T>(c, d, orNot<T>(d, a, b), block, 2, 62, 15);
  b = step<T>(b, c, orNot<T>(c, d, a), block, 9, 63, 21);

  store<T>(out, add<T>(a, a0));
  store<T>(out + sizeof<T>(), add<T>(b, b0));
  store<T>(out + 2 * sizeof<T>(), add<T>(c, c0));
  store<T>(out + 3 * sizeof<T>(), add<T>(d, d0));
}
