/** The most of a name that may be wrong where another was meant. */
const SHARE = 0.4;
/** A name that is longer is none of ours, and not worth the time. */
const LONGEST = 40;

/** As names compare: `top_k`, `topK` and `top-k` are one. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}

/** Characters of one text that the other lacks, whatever their order (bag distance, Bartolini et al. 2002). */
function distance(a: string, b: string): number {
  let rest = b;
  let missing = 0;
  for (let i = 0; i < a.length; i++) {
    const without = rest.replace(a[i]!, '');
    if (without === rest) missing++;
    rest = without;
  }
  return Math.max(missing, rest.length);
}

/** The name that was probably meant, of several the first; undefined where none is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const given = plain(name).slice(0, LONGEST);
  let found: string | undefined;
  let least = SHARE;
  for (const candidate of names) {
    const other = plain(candidate);
    const far = distance(given, other) / Math.max(given.length, other.length);
    if (far < least) {
      found = candidate;
      least = far;
    }
  }
  return found;
}
