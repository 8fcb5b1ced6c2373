import type { Numbers } from '../numbers.ts';
import { f32 } from './f32.ts';

/** P of assembly/kernel/gelu.ts, highest power first, as float32: z · Φ(-z) = z · P(z)^-8 for z ≥ 0. */
const P0 = f32(3.354600303420253e-6);
const P1 = f32(-2.0382523552065e-5);
const P2 = f32(1.1809630024492569e-4);
const P3 = f32(8.748174801568109e-5);
const P4 = f32(1.125625686272715e-3);
const P5 = f32(9.315806590027512e-3);
const P6 = f32(4.887039608032076e-2);
const P7 = f32(0.10875200557836641);
const P8 = f32(1.0905083621221834);

/** erf GELU (Hendrycks & Gimpel 2016), x · Φ(x) = max(x, 0) - |x| · Φ(-|x|), of a row in place. */
export function geluInPlace(row: Numbers): void {
  for (let i = 0; i < row.length; i++) {
    const x = row[i]!;
    const z = x < 0 ? -x : x;
    let p = f32(f32(P0 * z) + P1);
    p = f32(f32(p * z) + P2);
    p = f32(f32(p * z) + P3);
    p = f32(f32(p * z) + P4);
    p = f32(f32(p * z) + P5);
    p = f32(f32(p * z) + P6);
    p = f32(f32(p * z) + P7);
    p = f32(f32(p * z) + P8);
    p = f32(p * p);
    p = f32(p * p);
    p = f32(p * p);
    const tail = f32(z / p);
    row[i] = x < 0 ? 0 - tail : f32(x - tail);
  }
}
