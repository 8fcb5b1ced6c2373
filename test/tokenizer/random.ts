/** Random texts that a seed repeats (mulberry32, Tommy Ettinger, public domain). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  /** An integer of 0 to below `bound`. */
  below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let x = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    x ^= x + Math.imul(x ^ (x >>> 7), 61 | x);
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  /** Up to `longest` characters of every kind: half are ASCII, the rest from the planes that hold letters. */
  text(longest: number): string {
    const ceilings = [0x80, 0x80, 0x80, 0x600, 0x3000, 0x10000, 0x1f000, 0x110000];
    const length = this.below(longest + 1);
    let text = '';
    while (text.length < length)
      text += String.fromCodePoint(this.below(ceilings[this.below(ceilings.length)]!));
    return text;
  }
}
