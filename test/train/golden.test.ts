import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/model/safetensors.ts';
import { Trainer } from '../../src/train/trainer.ts';

const root = process.env.HASHFORMER_REFERENCE!;
const names = ['add', 'emb', 'pool', 'proj'].flatMap((v) => ['lsh', 'md5'].map((h) => `${v}-${h}`));
const floats = (t: any) => new Float32Array(new Uint8Array(t.data).buffer);
function rel(a: Float32Array, b: Float32Array) {
  let d = 0,
    n = 0;
  for (let i = 0; i < b.length; i++) {
    d += (a[i]! - b[i]!) ** 2;
    n += b[i]! ** 2;
  }
  return Math.sqrt(d) / Math.max(Math.sqrt(n), 1e-30);
}
describe.each(['simd', 'scalar'] as const)('%s', (tier) => {
  it.each(names)('%s', async (name) => {
    const dir = `${root}/models/${name}`;
    const read = (f: string) => readFileSync(`${dir}/${f}`);
    const golden = JSON.parse(read('pretrain.json').toString());
    const texts = JSON.parse(read('cases.json').toString()).map((c: any) => c.text);
    const { lr, betas, eps, weight_decay } = golden.optimizer;
    const trainer = await Trainer.create({
      model: {
        config: JSON.parse(read('config.json').toString()),
        weights: read('pretrain-init.safetensors'),
        tokenizer: `${root}/roberta-bpe/tokenizer.json`,
      },
      task: 'token-classification',
      tier,
      optimizer: { learningRate: lr, betas, epsilon: eps, weightDecay: weight_decay },
    });
    const { loss } = await trainer.backward({ texts, labels: golden.labels });
    const errors: string[] = [];
    if (!(Math.abs(loss - golden.losses[0]) < 1e-5)) errors.push(`loss ${loss} ${golden.losses[0]}`);
    const grads = await trainer.gradients();
    const want = readSafetensors(read('pretrain-grads.safetensors'), 'g').tensors;
    for (const [n, t] of want) {
      const g = grads[n];
      if (!g) {
        errors.push(`no ${n}`);
        continue;
      }
      const r = rel(g.data, floats(t));
      if (n.endsWith('key.bias')) {
        const norm = Math.hypot(...g.data);
        if (norm > 1e-6) errors.push(`${n} norm ${norm}`);
      } else if (!(r < 1e-4)) errors.push(`${n} ${r}`);
    }
    const losses = [loss];
    await trainer.update();
    for (let i = 1; i < 8; i++) {
      losses.push((await trainer.backward({ texts, labels: golden.labels })).loss);
      await trainer.update();
    }
    losses.forEach((l, i) => {
      if (!(Math.abs(l - golden.losses[i]) < 1e-4)) errors.push(`loss ${i}: ${l} ${golden.losses[i]}`);
    });
    const after = readSafetensors(read('pretrain-after8.safetensors'), 'g').tensors;
    const params = await trainer.parameters();
    for (const [n, t] of after) {
      const g = params[n];
      if (!g) {
        errors.push(`no param ${n}`);
        continue;
      }
      const r = rel(g.data, floats(t));
      if (!n.endsWith('key.bias') && !(r < 1e-4)) errors.push(`after ${n} ${r}`);
    }
    expect(errors).toEqual([]);
  });
});
