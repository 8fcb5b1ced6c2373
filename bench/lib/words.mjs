// Words that look English and have its lengths, from a seed: no list to carry, and as many as one likes.

const ONSETS =
  'b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr r s sc sh sl sp st str t th tr v w'.split(' ');
const NUCLEI = 'a a a e e e e i i i o o o u ai ea ee ie oa oo ou'.split(' ');
const CODAS = '- - - ck d l ll m n nd ng nt r rd rn s ss st t th x'.replaceAll('-', '').split(' ');
/** Syllables of a word of running English text: 1 in 60 of 100, 2 in 25, 3 in 10, 4 in 5. */
const SYLLABLES = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 4];

/** A generator of numbers in [0, 1) from a 32-bit seed (mulberry32). */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` words; `distinct` for no word twice. */
export function words(count, seed, { distinct = false } = {}) {
  const random = randomNumbers(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const seen = new Set();
  const result = [];
  while (result.length < count) {
    let word = '';
    for (let n = pick(SYLLABLES); n > 0; n--)
      word += pick(ONSETS) + pick(NUCLEI) + (n > 1 ? '' : pick(CODAS));
    if (distinct && seen.has(word)) continue;
    seen.add(word);
    result.push(word);
  }
  return result;
}

/** `batch` texts of `length` attended tokens each, start and end token included. */
export function texts(batch, length, seed) {
  const all = words(batch * (length - 2), seed, { distinct: true });
  return Array.from({ length: batch }, (_, i) =>
    all.slice(i * (length - 2), (i + 1) * (length - 2)).join(' '),
  );
}
