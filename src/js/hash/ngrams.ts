/** Where the code points of a text in UTF-8 begin, and behind them where it ends. */
function boundaries(bytes: readonly number[]): number[] {
  const starts: number[] = [];
  for (let i = 0; i < bytes.length; i++) if ((bytes[i]! & 0xc0) !== 0x80) starts.push(i);
  starts.push(bytes.length);
  return starts;
}

/**
 * The n-grams of a text in UTF-8, shortest first, as they stand in it.
 *
 * @param shortest, longest in code points
 * @param most how many at most
 */
export function ngrams(
  bytes: readonly number[],
  shortest: number,
  longest: number,
  most: number,
  visit: (from: number, to: number) => void,
): void {
  const starts = boundaries(bytes);
  let count = 0;
  for (let size = shortest; size <= longest; size++) {
    for (let i = 0; i + size < starts.length && count < most; i++, count++) {
      visit(starts[i]!, starts[i + size]!);
    }
  }
}
