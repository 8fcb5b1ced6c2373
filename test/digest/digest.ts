// One number for many: what tests of runtimes compare. Plain code, which every engine runs and computes alike.

/** FNV-1a of 64 bits, in two halves. */
export class Digest {
  #high = 0xcbf29ce4;
  #low = 0x84222325;

  /** Takes the bits of numbers in, in their order. */
  add({ buffer, byteOffset, byteLength }: ArrayBufferView): this {
    let high = this.#high;
    let low = this.#low;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    for (let i = 0; i < bytes.length; i++) {
      low = (low ^ bytes[i]!) >>> 0;
      // Times 2^40 + 0x1b3; a product of 41 bits is exact.
      const product = low * 0x1b3;
      high = (Math.imul(high, 0x1b3) + low * 256 + Math.floor(product / 2 ** 32)) >>> 0;
      low = product >>> 0;
    }
    this.#high = high;
    this.#low = low;
    return this;
  }

  /** 16 hex digits. */
  toString(): string {
    return [this.#high, this.#low].map((half) => half.toString(16).padStart(8, '0')).join('');
  }
}

/** The digest of the bits of numbers: of a tensor's `data`, or of a file's bytes. */
export function digest(data: ArrayBufferView): string {
  return String(new Digest().add(data));
}
