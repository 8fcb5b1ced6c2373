/** The digest at `digest`, taken as a 128-bit big-endian integer, mod `buckets` (≥ 1). */
export function bucketOf(digest: usize, buckets: u32): u32 {
  let remainder: u64 = 0;
  for (let i: usize = 0; i < 16; i += 4) {
    remainder = ((remainder << 32) | <u64>bswap<u32>(load<u32>(digest + i))) % <u64>buckets;
  }
  return <u32>remainder;
}
