import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { describeTiers, Random } from '../helpers.ts';
import { type Kernels, kernels } from './harness.ts';

const hmac = (key: Uint8Array, data: Uint8Array) => createHmac('md5', key).update(data).digest('hex');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Queues messages, each under a key of its own, as one flush. */
function digests(kernel: Kernels, messages: { key: Uint8Array; data: Uint8Array }[]): string[] {
  const [keys, out, text] = [kernel.base, kernel.base + (1 << 18), kernel.base + (1 << 19)];
  let at = text + 16;
  for (const [i, { key }] of messages.entries()) {
    kernel.bytes(text, key.length).set(key);
    kernel.run.prepareKey!(text, key.length, keys + i * 32);
  }
  kernel.bytes(text, 1 << 21).fill(0xee);
  for (const [i, { data }] of messages.entries()) {
    kernel.bytes(at, data.length).set(data);
    kernel.run.queueHash!(at, data.length, keys + i * 32, out + i * 16);
    at += data.length + 1;
  }
  kernel.run.flushHashes!();
  return messages.map((_, i) => hex(kernel.bytes(out + i * 16, 16)));
}

describeTiers('hmac', (tier) => {
  const random = new Random(9);
  const bytes = (length: number) => Uint8Array.from({ length }, () => random.below(256));

  it('gives the digests of RFC 2202', async () => {
    const kernel = await kernels(tier);
    const text = (value: string) => new TextEncoder().encode(value);
    const repeated = (value: number, length: number) => new Uint8Array(length).fill(value);
    const vectors: [Uint8Array, Uint8Array, string][] = [
      [repeated(0x0b, 16), text('Hi There'), '9294727a3638bb1c13f48ef8158bfc9d'],
      [text('Jefe'), text('what do ya want for nothing?'), '750c783e6ab0b503eaa86e310a5db738'],
      [repeated(0xaa, 16), repeated(0xdd, 50), '56be34521d144c88dbb8c733f0e8b3f6'],
      [
        Uint8Array.from({ length: 25 }, (_, i) => i + 1),
        repeated(0xcd, 50),
        '697eaf0aca3a3aea3a75164746ffaa79',
      ],
      [repeated(0x0c, 16), text('Test With Truncation'), '56461ef2342edc00f9bab995690efd4c'],
      [
        repeated(0xaa, 80),
        text('Test Using Larger Than Block-Size Key - Hash Key First'),
        '6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd',
      ],
      [
        repeated(0xaa, 80),
        text('Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data'),
        '6f630fad67cda0ee1fb1f562db3aa53e',
      ],
    ];
    expect(
      digests(
        kernel,
        vectors.map(([key, data]) => ({ key, data })),
      ),
    ).toEqual(vectors.map(([, , digest]) => digest));
  });

  it("agrees with OpenSSL for messages of 0 to 300 bytes, as the reference's key and others hash them", async () => {
    const kernel = await kernels(tier);
    for (const key of [new TextEncoder().encode('en'), bytes(0), bytes(64)]) {
      const messages = Array.from({ length: 301 }, (_, length) => ({ key, data: bytes(length) }));
      expect(digests(kernel, messages)).toEqual(messages.map(({ key, data }) => hmac(key, data)));
    }
  });

  it('agrees with OpenSSL for keys of 0 to 300 bytes, and long messages', async () => {
    const kernel = await kernels(tier);
    const messages = Array.from({ length: 301 }, (_, length) => ({
      key: bytes(length),
      data: bytes(random.below(80)),
    }));
    messages.push({ key: bytes(100_000), data: bytes(100_000) });
    expect(digests(kernel, messages)).toEqual(messages.map(({ key, data }) => hmac(key, data)));
  });

  it('agrees with OpenSSL whatever number of messages waits, of whatever lengths', async () => {
    const kernel = await kernels(tier);
    for (let round = 0; round < 200; round++) {
      const shared = bytes(random.below(100));
      const messages = Array.from({ length: 1 + random.below(20) }, () => ({
        key: random.below(2) ? shared : bytes(random.below(100)),
        data: bytes(random.below(random.below(3) ? 20 : 300)),
      }));
      expect(digests(kernel, messages)).toEqual(messages.map(({ key, data }) => hmac(key, data)));
    }
  });
});
