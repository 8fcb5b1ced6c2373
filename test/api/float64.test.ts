import { expect, it } from 'vitest';
import { erf } from '../../src/backend/float64.ts';

it('the float64 error function is exact', () => {
  // As C's erf() gives them, here and beyond where the series is left for the continued fraction.
  const table: [number, number][] = [
    [0, 0],
    [0.02, 0.022564574691844943],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [2.499, 0.9995908642442554],
    [2.5, 0.999593047982555],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
    [5, 0.9999999999984626],
    [7, 1],
  ];
  for (const [x, y] of table) {
    expect(erf(x)).toBeCloseTo(y, 12);
    expect(erf(-x)).toBeCloseTo(-y, 12);
  }
});
