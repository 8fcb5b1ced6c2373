/** Rows of a keyboard: fingers hit what is beside a key. */
const KEYS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
/** Misspellings of each kind. */
const MOST = 8;

function besideKey(letter: string): string | undefined {
  const row = KEYS.find((keys) => keys.includes(letter));
  const at = row?.indexOf(letter) ?? 0;
  return row?.[at + 1] ?? row?.[at - 1];
}

/** At most so many of a list, from all over it. */
function some<T>(list: readonly T[]): readonly T[] {
  if (list.length <= MOST) return list;
  return Array.from({ length: MOST }, (_, i) => list[Math.floor((i * list.length) / MOST)]!);
}

/**
 * Simple misspellings of a token, the same each time: a letter left out, doubled, swapped with the next, or that of
 * the key beside it.
 */
export function misspellings(token: string): string[] {
  const letters = Array.from(token);
  const places = letters.map((_, i) => i);
  const replaced = (i: number, taken: number, ...by: string[]) =>
    [...letters.slice(0, i), ...by, ...letters.slice(i + taken)].join('');
  const found = [
    ...some(letters.length > 1 ? places : []).map((i) => replaced(i, 1)),
    ...some(places).map((i) => replaced(i, 1, letters[i]!, letters[i]!)),
    ...some(places.slice(1)).map((i) => replaced(i - 1, 2, letters[i]!, letters[i - 1]!)),
    ...some(places.filter((i) => besideKey(letters[i]!) !== undefined)).map((i) =>
      replaced(i, 1, besideKey(letters[i]!)!),
    ),
  ];
  return [...new Set(found)].filter((word) => word !== token);
}
