// The Mersenne Twister MT19937 (Matsumoto & Nishimura 1998), seeded and read as numpy.random.seed and
// numpy's legacy generators do.

const N: i32 = 624;
const M: i32 = 397;
const words = memory.data(624 * 4, 16);
let position: i32 = N;

// @ts-ignore: decorator
@inline
function word(i: i32): usize {
  return words + (<usize>i << 2);
}

/** numpy.random.seed(seed) for an unsigned 32-bit seed. */
export function seedMt19937(seed: u32): void {
  for (let i = 0; i < N; i++) {
    store<u32>(word(i), seed);
    seed = 1812433253 * (seed ^ (seed >> 30)) + <u32>i + 1;
  }
  position = N;
}

function twist(): void {
  for (let i = 0; i < N; i++) {
    const y = (load<u32>(word(i)) & 0x80000000) | (load<u32>(word(i + 1 == N ? 0 : i + 1)) & 0x7fffffff);
    const other = load<u32>(word(i + M < N ? i + M : i + M - N));
    store<u32>(word(i), other ^ (y >> 1) ^ (-(y & 1) & 0x9908b0df));
  }
  position = 0;
}

function nextWord(): u32 {
  if (position == N) twist();
  let y = load<u32>(word(position++));
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return y ^ (y >> 18);
}

/** Uniform in [0, 1) with 53 bits, as numpy's legacy random_sample. */
export function nextDouble(): f64 {
  const high = nextWord() >> 5, low = nextWord() >> 6;
  return (<f64>high * 67108864.0 + <f64>low) / 9007199254740992.0;
}
