/** The most of a name that may be wrong where another was meant. */
const SHARE = 0.4;
/** A name that is longer is none of ours, and not worth the time. */
const LONGEST = 40;

/** As names compare: `top_k`, `topK` and `top-k` are one. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}

/** How many characters must be inserted, left out, changed or swapped with the next to make one text another. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last: number[] = [];
  for (let j = 0; j <= b.length; j++) last.push(j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(last[j - 1]! + (same ? 0 : 1), last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, before[j - 2]! + 1);
      }
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/** The name that was probably meant, of several the first; undefined where none is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const given = plain(name);
  let found: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  if (given.length > LONGEST) return undefined;
  for (const candidate of names) {
    const other = plain(candidate);
    const far = distance(given, other);
    if (far < least && far <= SHARE * Math.max(given.length, other.length)) {
      found = candidate;
      least = far;
    }
  }
  return found;
}
