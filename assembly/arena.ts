// The one memory map: static data | what lives as long as the model | scratch of the call at hand.
//
// Both parts are bump-allocated in 64-byte steps. Nothing is ever freed one by one: scratch is laid out
// anew at every call, and a model is freed with its instance.

/** Where the next lasting allocation goes. */
let top: usize = (__heap_base + 63) & ~63;
/** Where the next scratch allocation goes; everything from `top` up to here belongs to the call at hand. */
let scratchTop: usize = 0;

/** Rounds up to a whole GEMM panel of 16 columns: the width that every row of activations has in memory. */
// @ts-ignore: decorator
@inline
export function padded(width: i32): i32 {
  return (width + 15) & ~15;
}

/** Makes the addresses below `end` usable. False when the engine gives no more memory. */
function reach(end: u64): bool {
  if (end > 0xffff0000) return false;
  const missing = <i64>end - ((<i64>memory.size()) << 16);
  return missing <= 0 || memory.grow(<i32>((missing + 0xffff) >> 16)) >= 0;
}

/** `bytes` zeroed bytes that last as long as the model, or 0 when there is no memory left. */
export function allocate(bytes: u64): usize {
  const pointer = top;
  const end = (<u64>pointer + bytes + 63) & ~63;
  if (!reach(end)) return 0;
  top = <usize>end;
  memory.fill(pointer, 0, <usize>end - pointer);
  return pointer;
}

/** Begins a new scratch layout: all earlier scratch is given up. */
export function resetScratch(): void {
  scratchTop = top;
}

/** `bytes` bytes of scratch with undefined content, or 0 when there is no memory left. */
export function allocateScratch(bytes: u64): usize {
  const pointer = scratchTop;
  // Sixteen bytes more: kernels may read one vector past the end of a row.
  const end = (<u64>pointer + bytes + 16 + 63) & ~63;
  if (!reach(end)) return 0;
  scratchTop = <usize>end;
  return pointer;
}
