const SURROGATES = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** A unit of UTF-16 as it compares: surrogates, which spell what is beyond U+FFFF, come after all others. */
function rank(unit: number): number {
  if (unit < SURROGATES) return unit;
  return unit < AFTER_SURROGATES ? unit + 0x2000 : unit - 0x800;
}

/**
 * Compares by code point, as the bytes of UTF-8 compare: `<` compares units of UTF-16, which puts U+1F600 before U+FF21.
 *
 * @returns below 0, 0 or above 0, as for sort()
 */
export function compareCodePoints(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
