import { expect, it } from 'vitest';
import { describeTiers, difference, differingBits, Random } from '../../helpers.ts';
import { kernels, normals, padded } from '../harness.ts';

describeTiers('gradient/layer_norm', (tier) => {
  it("LayerNorm's is that of float64, whatever the width; its forward pass that of inference; padding stays zero", async () => {
    const kernel = await kernels(tier);
    const random = new Random(21);
    const epsilon = 1e-5;
    const rows = 3;
    for (const size of [2, 15, 16, 17, 30, 100]) {
      const stride = padded(size);
      const weight = normals(random, size);
      const [x, dy] = [normals(random, rows * size, 2), normals(random, rows * size)];
      const at = (i: number) => kernel.base + (i << 16);
      for (let i = 0; i < 9; i++) kernel.floats(at(i), rows * stride).fill(0);
      for (let row = 0; row < rows; row++) {
        kernel.floats(at(0) + row * stride * 4, size).set(x.subarray(row * size, (row + 1) * size));
        kernel.floats(at(1) + row * stride * 4, size).set(dy.subarray(row * size, (row + 1) * size));
      }
      kernel.floats(at(2), size).set(weight);
      // What is there already is added to.
      kernel.floats(at(3), size).fill(1);
      kernel.floats(at(4), size).fill(2);
      const [out, expected, bias, scales] = [at(5), at(6), at(7), at(8)];
      kernel.floats(bias, size).set(normals(random, size));
      kernel.run.layerNorm!(at(0), 0, rows, size, at(2), bias, epsilon, expected);
      kernel.run.layerNormKeeping!(at(0), rows, size, at(2), bias, epsilon, out, scales);
      expect(
        differingBits(kernel.floats(out, rows * stride), kernel.floats(expected, rows * stride).slice()),
      ).toBe(0);
      kernel.run.layerNormBackward!(at(0), scales, rows, size, at(2), at(1), at(3), at(4));

      const [dWeight, dBias] = [new Float64Array(size).fill(1), new Float64Array(size).fill(2)];
      for (let row = 0; row < rows; row++) {
        const values = Array.from(x.subarray(row * size, (row + 1) * size));
        const average = (numbers: number[]) => numbers.reduce((sum, value) => sum + value, 0) / size;
        const mean = average(values);
        const deviation = Math.sqrt(average(values.map((value) => (value - mean) ** 2)) + epsilon);
        const standard = values.map((value) => (value - mean) / deviation);
        const g = standard.map((_, i) => dy[row * size + i]! * weight[i]!);
        const [shift, slope] = [average(g), average(g.map((value, i) => value * standard[i]!))];
        const exact = g.map((value, i) => (value - shift - standard[i]! * slope) / deviation);
        for (const [i, value] of standard.entries()) {
          dWeight[i]! += dy[row * size + i]! * value;
          dBias[i]! += dy[row * size + i]!;
        }
        const got = kernel.floats(at(1) + row * stride * 4, stride);
        expect(difference(got.subarray(0, size), exact)).toBeLessThan(3e-6);
        expect(got.subarray(size).every((value) => value === 0)).toBe(true);
      }
      expect(difference(kernel.floats(at(3), size), dWeight)).toBeLessThan(2e-6);
      expect(difference(kernel.floats(at(4), size), dBias)).toBeLessThan(2e-6);
    }
  });
});
