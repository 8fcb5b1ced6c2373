/** A digest of 16 bytes, as a big-endian number, mod the number of buckets (1 to 2^31). */
export function bucketOf(digest: readonly number[], buckets: number): number {
  let bucket = 0;
  // Two bytes at a time: no number reaches 2^47.
  for (let i = 0; i < 16; i += 2) bucket = (bucket * 65536 + digest[i]! * 256 + digest[i + 1]!) % buckets;
  return bucket;
}
