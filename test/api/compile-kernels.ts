import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import type { Tier } from '../../src/runtime/tier.ts';

/** What the module under test exports: single kernels, as the inference module inlines them. */
const ENTRY = `
import { exp } from './kernel/exp';
import { readElement } from './kernel/convert';
import { gemm } from './kernel/gemm';
import { nextNormal } from './hash/normal';
import { nextDouble } from './hash/mt19937';

export { stage } from './inference';
export { geluInPlace } from './kernel/gelu';
export { tanhInPlace } from './kernel/tanh';
export { softmaxRow, sigmoidInPlace } from './kernel/softmax';
export { layerNorm } from './kernel/layer_norm';
export { geluKeeping, multiplyInPlace } from './gradient/gelu';
export { layerNormBackward, layerNormKeeping } from './gradient/layer_norm';
export { dropout, setDropout } from './gradient/dropout';
export { sum, sumOfSquares } from './kernel/sum';
export { gemmInt8, packedInt8Bytes, quantizedRowBytes, storeInt8 } from './kernel/int8';
export { attend, setZeros } from './kernel/attention';
export { allFinite } from './kernel/convert';
export { beginXxh64, updateXxh64, xxh64 } from './hash/xxh64';
export { seedMt19937 } from './hash/mt19937';
export { seedNormal } from './hash/normal';
export { prepareKey, queueHash, flushHashes } from './hash/hmac';

export function expInPlace(data: usize, count: i32): void {
  for (let end = data + (<usize>count << 2); data < end; data += ASC_FEATURE_SIMD ? 16 : 4) {
    if (ASC_FEATURE_SIMD) v128.store(data, exp<v128>(v128.load(data)));
    else store<f32>(data, exp<f32>(load<f32>(data)));
  }
}

export function multiply(
  a: usize, aStride: usize, m: i32, k: i32, b: usize, panels: i32, bias: usize, c: usize, cStride: usize
): void {
  gemm(a, aStride, m, k, b, panels, bias, c, cStride, false);
}

export function decode(data: usize, count: i32, type: i32, out: usize): void {
  for (let i = 0; i < count; i++) store<f32>(out + (<usize>i << 2), readElement(data, i, type));
}

export function doubles(out: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<f64>(out + (<usize>i << 3), nextDouble());
}

export function normals(out: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<f64>(out + (<usize>i << 3), nextNormal());
}
`;

const FLAGS: Record<Tier, string[]> = {
  simd: ['--enable', 'simd'],
  relaxed: ['--enable', 'simd', '--enable', 'relaxed-simd'],
  scalar: ['--disable', 'simd'],
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const { options } = JSON.parse(readFileSync(`${root}asconfig.json`, 'utf8')) as {
  options: { runtime: string; optimizeLevel: number; shrinkLevel: number; use: string[] };
};

/** Compiles single kernels as the package's own modules are compiled. */
export async function compileKernels(tier: Tier): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const flags = [
    ...['--runtime', options.runtime, '--optimizeLevel', String(options.optimizeLevel)],
    ...['--shrinkLevel', String(options.shrinkLevel), '--noAssert', '--use', options.use[0]!],
  ];
  const { error, stderr } = await asc.main(
    [
      'assembly/kernels-under-test.ts',
      '--baseDir',
      root,
      '--outFile',
      'kernels.wasm',
      '--config',
      'none',
      ...flags,
      ...FLAGS[tier],
    ],
    {
      readFile: (name) => {
        if (name === 'assembly/kernels-under-test.ts') return ENTRY;
        try {
          return readFileSync(`${root}${name}`, 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (_, contents) => {
        wasm = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || wasm === undefined) throw new Error(`asc failed: ${stderr}`, { cause: error });
  return wasm;
}
