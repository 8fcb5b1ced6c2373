let buckets: u64 = 1;
/** 2^32, 2^64 and 2^96 mod `buckets`. */
let power32: u64 = 0, power64: u64 = 0, power96: u64 = 0;

/** Sets how many buckets bucketOf() maps to, 1 to 2^31. */
export function setBuckets(count: u32): void {
  buckets = <u64>count;
  power32 = (<u64>1 << 32) % buckets;
  power64 = (power32 * power32) % buckets;
  power96 = (power64 * power32) % buckets;
}

/** Word `index` of a digest, taken as a 128-bit big-endian number. */
// @ts-ignore: decorator
@inline
function word(digest: usize, index: usize): u64 {
  return <u64>bswap<u32>(load<u32>(digest + (index << 2)));
}

/**
 * The digest at `digest` mod the number of buckets. Word by word with known powers takes two divisions in place
 * of four; no sum reaches 2^64, as words have 32 bits and powers 31.
 */
export function bucketOf(digest: usize): u32 {
  if ((buckets & (buckets - 1)) == 0) return <u32>(word(digest, 3) & (buckets - 1));
  const high = (word(digest, 0) * power96 + word(digest, 1) * power64) % buckets;
  return <u32>((high + word(digest, 2) * power32 + word(digest, 3)) % buckets);
}
