import { existsSync, readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import type { Source } from '../../src/model/source.ts';
import type { Tensor } from '../../src/tensor.ts';
import { Trainer } from '../../src/train/trainer.ts';
import { describeTiers, numbersOf } from '../helpers.ts';
import { describeUnless } from '../needs.ts';
import { NAMES, type Pretrained, readPretrained } from './pretrained.ts';

const norm = (x: Float32Array) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));

/** Norm of the difference over the norm. */
function distance(got: Float32Array, expected: Float32Array): number {
  expect(got.length).toBe(expected.length);
  return norm(got.map((value, i) => value - expected[i]!)) / Math.max(norm(expected), 1e-30);
}

/** The rows of a tensor, one after the other. */
function pick({ data }: Tensor, rows: readonly number[], width: number): Float32Array {
  return Float32Array.from(rows.flatMap((row) => [...data.subarray(row * width, (row + 1) * width)]));
}

interface Learnt {
  losses: number[];
  gradients: Record<string, Tensor>;
  parameters: Record<string, Tensor>;
}

/** Eight steps on one batch: the losses, the gradients at the first, the parameters after the last. */
async function learn(
  model: Source,
  tier: 'simd' | 'relaxed' | 'scalar',
  { texts, labels, optimizer }: Pick<Pretrained, 'texts' | 'labels' | 'optimizer'>,
): Promise<Learnt> {
  const trainer = await Trainer.create({ model, task: 'token-classification', tier, optimizer });
  onTestFinished(() => trainer.dispose());
  const losses: number[] = [];
  let gradients: Record<string, Tensor> | undefined;
  for (let step = 0; step < 8; step++) {
    losses.push((await trainer.backward({ texts, labels })).loss);
    gradients ??= await trainer.gradients();
    await trainer.update();
  }
  return { losses, gradients: gradients!, parameters: await trainer.parameters() };
}

function expectLosses(losses: number[], expected: number[]): void {
  expect(Math.abs(losses[0]! - expected[0]!)).toBeLessThan(1e-5);
  for (const [i, loss] of losses.entries()) expect(Math.abs(loss - expected[i]!)).toBeLessThan(1e-4);
}

/** Its true gradient is zero: softmax does not see a shift. */
const isKeyBias = (name: string) => name.endsWith('.key.bias');

describeTiers('what the reference implementation learns', (tier) => {
  it.each(NAMES)('%s: its losses, gradients and parameters', async (name) => {
    const golden = readPretrained(name);
    const { losses, gradients, parameters } = await learn(golden.model, tier, golden);
    expectLosses(losses, golden.losses);
    expect(Object.keys(gradients).sort()).toEqual([...golden.init.keys()].sort());
    const decay = (1 - golden.optimizer.learningRate * golden.optimizer.weightDecay) ** 8;
    for (const { name: tensor, rows, width, gradient, after } of golden.goldens) {
      // The stored gradients are within 4e-5: together, 1e-4.
      const got = pick(gradients[tensor]!, rows, width);
      if (isKeyBias(tensor)) expect(norm(got), tensor).toBeLessThan(1e-6);
      else expect(distance(got, gradient), tensor).toBeLessThan(6e-5);
      const reached = new Set(rows);
      const { data } = gradients[tensor]!;
      expect(data.every((value, i) => value === 0 || reached.has(Math.floor(i / width)))).toBe(true);

      if (isKeyBias(tensor)) continue;
      // The pooler is in the file and nothing trains it, not even decay.
      const kept = tensor.includes('pooler') ? 1 : decay;
      const expected = golden.init.get(tensor)!.map((value) => value * kept);
      for (const [r, row] of rows.entries())
        expected.set(after.subarray(r * width, (r + 1) * width), row * width);
      expect(distance(parameters[tensor]!.data, expected), tensor).toBeLessThan(8e-5);
      expect(distance(pick(parameters[tensor]!, rows, width), after), tensor).toBeLessThan(8e-5);
    }
  });
});

/** The complete files, which are too large for this repository. */
const root = process.env.HASHFORMER_REFERENCE;
const absent = existsSync(`${root}/models`) ? '' : 'HASHFORMER_REFERENCE names no folder of reference models';

describeUnless(absent, 'the same with the complete files', () => {
  describeTiers('parameters before, gradients, and parameters after', (tier) => {
    it.each(NAMES)('%s', async (name) => {
      const read = (file: string) => readFileSync(`${root}/models/${name}/${file}`);
      const tensors = (file: string) => readSafetensors(read(file), file).tensors;
      const golden = readPretrained(name);
      const model = { ...golden.model, weights: read('pretrain-init.safetensors') };
      const { losses, gradients, parameters } = await learn(model, tier, golden);
      expectLosses(losses, JSON.parse(read('pretrain.json').toString('utf8')).losses);
      for (const [tensor, stored] of tensors('pretrain-grads.safetensors')) {
        const got = gradients[tensor]!.data;
        if (isKeyBias(tensor)) expect(norm(got), tensor).toBeLessThan(1e-6);
        else expect(distance(got, numbersOf(stored)), tensor).toBeLessThan(1e-4);
      }
      for (const [tensor, stored] of tensors('pretrain-after8.safetensors')) {
        if (isKeyBias(tensor)) continue;
        expect(distance(parameters[tensor]!.data, numbersOf(stored)), tensor).toBeLessThan(1e-4);
      }
    });
  });
});
