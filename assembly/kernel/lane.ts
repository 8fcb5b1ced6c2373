// One spelling of a formula for both widths: T is v128 (four f32 lanes) or f32 (one).
// Each function is the same IEEE operation a lane, which is why simd and scalar agree bit for bit.

// @ts-ignore: decorator
@inline
export function splat<T>(x: f32): T {
  if (isVector<T>()) return f32x4.splat(x);
  else return x;
}

/**
 * Number `index` of a table of f32 constants. In a loop a constant must come from memory: engines make a vector
 * literal anew at every use, which costs more than the load.
 */
// @ts-ignore: decorator
@inline
export function constant<T>(table: usize, index: usize): T {
  if (isVector<T>()) return v128.load32_splat(table + (index << 2));
  else return load<f32>(table + (index << 2));
}

// @ts-ignore: decorator
@inline
export function add<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.add(a, b);
  else return a + b;
}

// @ts-ignore: decorator
@inline
export function sub<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.sub(a, b);
  else return a - b;
}

// @ts-ignore: decorator
@inline
export function mul<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.mul(a, b);
  else return a * b;
}

// @ts-ignore: decorator
@inline
export function div<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.div(a, b);
  else return a / b;
}

/** b < a ? b : a — one instruction on every machine, unlike min, which treats NaN and -0 apart. */
// @ts-ignore: decorator
@inline
export function least<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.pmin(a, b);
  else return b < a ? b : a;
}

/** a < b ? b : a */
// @ts-ignore: decorator
@inline
export function greatest<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.pmax(a, b);
  else return a < b ? b : a;
}

/** x · 2^n, n being the integer in the low bits of `magic` = n + 1.5 · 2^23. */
// @ts-ignore: decorator
@inline
export function scaleByPowerOfTwo<T>(x: T, magic: T): T {
  if (isVector<T>()) return i32x4.add(x, i32x4.shl(magic, 23));
  else return reinterpret<f32>(reinterpret<i32>(x) + (reinterpret<i32>(magic) << 23));
}

// @ts-ignore: decorator
@inline
export function magnitude<T>(x: T): T {
  if (isVector<T>()) return f32x4.abs(x);
  else return abs<f32>(x);
}

// @ts-ignore: decorator
@inline
export function root<T>(x: T): T {
  if (isVector<T>()) return f32x4.sqrt(x);
  else return sqrt<f32>(x);
}

/** `negative` where the sign bit of `sign` is set, else `other`. */
// @ts-ignore: decorator
@inline
export function select<T>(sign: T, negative: T, other: T): T {
  if (isVector<T>()) return v128.bitselect(negative, other, i32x4.shr_s(sign, 31));
  else return reinterpret<i32>(sign) < 0 ? negative : other;
}
