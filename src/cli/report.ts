/** Numbers and tables for people. All columns but the last are ASCII, so that widths are lengths. */

/** 692930 as "692,930". */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** 797184 as "797.2K", as papers have it. */
export function short(value: number): string {
  if (value < 1000) return String(value);
  return value < 999_950 ? `${(value / 1e3).toFixed(1)}K` : `${(value / 1e6).toFixed(1)}M`;
}

/** Bytes in decimal units: 2.8 MB. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 999_950 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Columns of equal width: the first to the left, those that `left` counts too, the others to the right. */
export function aligned(rows: readonly (readonly string[])[], left = 1): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, i) => (i < left ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
