import { expect, it } from 'vitest';
import { describeTiers } from '../helpers.ts';
import { kernels } from './harness.ts';

describeTiers('transpose', (tier) => {
  it('makes columns of rows for sizes on both sides of each strip, and writes nothing else', async () => {
    const kernel = await kernels(tier);
    const out = kernel.base + (1 << 20);
    for (const width of [4, 8, 12, 16, 20, 32, 36]) {
      for (let rows = 1; rows <= 9; rows++) {
        const [stride, outStride] = [width + 3, rows + 5];
        const from = kernel.floats(kernel.base, rows * stride).map((_, i) => i + 1);
        kernel.floats(kernel.base, rows * stride).set(from);
        const to = kernel.floats(out, width * outStride + 16).fill(-1);
        kernel.run.transposeRows!(kernel.base, stride * 4, rows, width, out, outStride * 4);
        const expected = to.map((_, i) => {
          const [column, row] = [Math.floor(i / outStride), i % outStride];
          return column < width && row < rows ? from[row * stride + column]! : -1;
        });
        expect(to, `${rows} rows of ${width}`).toEqual(expected);
      }
    }
  });
});
