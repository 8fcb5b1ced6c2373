// How far a student's outputs are from its teacher's.

/** Mean of 1 - cosine over rows. */
export function distance(a: Float32Array, b: Float32Array, width: number): number {
  let total = 0;
  for (let at = 0; at < a.length; at += width) {
    let product = 0;
    let squares = 0;
    let others = 0;
    for (let i = at; i < at + width; i++) {
      product += a[i]! * b[i]!;
      squares += a[i]! ** 2;
      others += b[i]! ** 2;
    }
    total += 1 - product / Math.sqrt(squares * others || 1);
  }
  return total / (a.length / width);
}

/** Mean squared difference of rows, each minus its mean. */
export function centredError(a: Float32Array, b: Float32Array, width: number): number {
  let total = 0;
  for (let at = 0; at < a.length; at += width) {
    const differences = Array.from({ length: width }, (_, i) => a[at + i]! - b[at + i]!);
    const mean = differences.reduce((sum, x) => sum + x, 0) / width;
    for (const difference of differences) total += (difference - mean) ** 2;
  }
  return total / a.length;
}
