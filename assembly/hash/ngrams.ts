// Character n-grams of a token in UTF-8. The host writes every token between its boundary marks, `<token>`, so
// that n-grams with marks are slices of what is there already.

/** First byte of the code point after the one at `p`. */
// @ts-ignore: decorator
@inline
export function nextCodePoint(p: usize, end: usize): usize {
  do p++; while (p < end && (load<u8>(p) & 0xc0) == 0x80);
  return p;
}

/** Address after `count` code points from `p`, or 0 when there are fewer. */
export function skipCodePoints(p: usize, end: usize, count: i32): usize {
  for (; count > 0; count--) {
    if (p >= end) return 0;
    p = nextCodePoint(p, end);
  }
  return p;
}
