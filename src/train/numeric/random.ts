// Seeded random numbers from integer operations only, so that every engine gives the same.

const MASK = 0xffffffffffffffffn;

/** SplitMix64 (Sebastiano Vigna, https://prng.di.unimi.it/splitmix64.c): what the generator is seeded with. */
export function* splitMix64(seed: bigint): Generator<bigint, never> {
  for (let x = seed; ; ) {
    x = (x + 0x9e3779b97f4a7c15n) & MASK;
    let z = ((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    yield z ^ (z >> 31n);
  }
}

/** FNV-1a of 64 bits (Fowler, Noll, Vo) of a text's UTF-8, from a given basis. */
export function fnv1a(text: string, basis = 0xcbf29ce484222325n): bigint {
  let hash = basis;
  for (const byte of new TextEncoder().encode(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  return hash;
}

const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by));

/** A generator as JSON keeps it: the 16 hex digits that it was seeded with, and its four words. */
export interface RandomState {
  readonly seed: string;
  readonly words: readonly [number, number, number, number];
}

/** xoshiro128** 1.1 (David Blackman and Sebastiano Vigna, https://prng.di.unimi.it/xoshiro128starstar.c). */
export class Random {
  readonly #seed: bigint;
  readonly #words: Int32Array;

  /** @param seed an integer; a state goes on where it was taken */
  constructor(seed: number | bigint | RandomState) {
    if (typeof seed === 'object') {
      this.#seed = BigInt(`0x${seed.seed}`);
      this.#words = Int32Array.from(seed.words);
      return;
    }
    this.#seed = BigInt.asUintN(64, BigInt(seed));
    const numbers = splitMix64(this.#seed);
    const [a, b] = [numbers.next().value, numbers.next().value];
    this.#words = Int32Array.of(...[a, a >> 32n, b, b >> 32n].map((x) => Number(BigInt.asIntN(32, x))));
  }

  get state(): RandomState {
    const [a, b, c, d] = Uint32Array.from(this.#words) as unknown as [number, number, number, number];
    return { seed: this.#seed.toString(16).padStart(16, '0'), words: [a, b, c, d] };
  }

  /**
   * A generator of its own for one purpose, as "masking" or "epoch 3". It depends on this one's seed and the label,
   * not on how many numbers were drawn.
   */
  fork(label: string): Random {
    return new Random(splitMix64(fnv1a(label, splitMix64(this.#seed).next().value)).next().value);
  }

  /** An integer of 0 to 2^32 - 1. */
  next(): number {
    const s = this.#words;
    const result = Math.imul(rotate(Math.imul(s[1]!, 5), 7), 9) >>> 0;
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotate(s[3]!, 11);
    return result;
  }

  /** A number of 0 to below 1: a multiple of 2^-53, all equally likely. */
  uniform(): number {
    const high = this.next() >>> 5;
    return (high * 2 ** 26 + (this.next() >>> 6)) * 2 ** -53;
  }

  /** An integer of 0 to below `bound` (1 to 2^32), all equally likely: numbers above its last multiple are drawn again. */
  integer(bound: number): number {
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let x = this.next();
    while (x >= limit) x = this.next();
    return x % bound;
  }

  /** True with this probability. */
  bernoulli(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Shuffles in place (Fisher and Yates; every order equally likely) and gives the list back. */
  shuffle<T extends unknown[] | Uint32Array>(list: T): T {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
    return list;
  }

  /** The integers of 0 to below `count` in a random order. */
  permutation(count: number): Uint32Array {
    return this.shuffle(Uint32Array.from({ length: count }, (_, i) => i));
  }
}
