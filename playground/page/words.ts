// Numbers and texts as people read them.

const LONGEST = 40;

/** The beginning of a text that may be as long as whoever typed it liked. */
export function shortened(text: string): string {
  const letters = Array.from(text.slice(0, 2 * LONGEST + 2));
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST).join('')}…` : text;
}

export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en');
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0.9995 || share < 0.0005 ? 3 : 1)}%`;
}

/** A time in the unit that suits it. */
export function duration(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

export function bytes(count: number): string {
  return count < 1e6 ? `${grouped(count / 1e3)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

/** Three digits of a number, or so. */
export function rough(value: number): string {
  return grouped(Number(value.toPrecision(3)));
}
