/** numpy's legacy generator: `numpy.random.seed(seed)` and `normal(0, 1)` (MT19937, Marsaglia's polar method). */
export class NumpyRandom {
  readonly #state = new Uint32Array(624);
  #at = 624;

  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < 624; i++) {
      const before = state[i - 1]!;
      state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
  }

  /** @param count even: the polar method makes pairs */
  normals(count: number): Float64Array {
    const out = new Float64Array(count);
    for (let i = 0; i < count; i += 2) {
      let x = 0;
      let y = 0;
      let radius = 0;
      do {
        x = 2 * this.#double() - 1;
        y = 2 * this.#double() - 1;
        radius = x * x + y * y;
      } while (radius >= 1 || radius === 0);
      const factor = Math.sqrt((-2 * Math.log(radius)) / radius);
      out[i] = factor * y;
      out[i + 1] = factor * x;
    }
    return out;
  }

  #double(): number {
    const high = this.#word() >>> 5;
    const low = this.#word() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  #word(): number {
    const state = this.#state;
    if (this.#at === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (state[i]! & 0x8000_0000) | (state[(i + 1) % 624]! & 0x7fff_ffff);
        state[i] = state[(i + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908_b0df : 0);
      }
      this.#at = 0;
    }
    let word = state[this.#at++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c_5680;
    word ^= (word << 15) & 0xefc6_0000;
    return (word ^ (word >>> 18)) >>> 0;
  }
}
