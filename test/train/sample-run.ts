// A made-up run with the shapes of a real one: falling losses, a spike, restarts of the rate, uneven speed.

import type { FinalEvaluation, TrainingEvent } from '../../src/train/report/events.ts';

/** Texts that try to be more than text. */
export const HOSTILE = [
  '</script><script>document.title = "taken"; throw new Error("taken")</script>',
  '<img src="https://example.com/x.png" onerror="document.title = \'taken\'">',
  '"><svg onload=alert(1)> &amp; \' <!-- <script>',
  'turned \u202eround, \u0000 nothing, \ud800 half',
];

/** Uniform numbers from a seed. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

export function* sampleEvents(steps: number): Generator<TrainingEvent> {
  const random = uniform(7);
  const noise = () => random() + random() + random() - 1.5;
  yield {
    type: 'start',
    run: 'finetune',
    config: { seed: 42, train: HOSTILE[0]!, epochs: 4, betas: [0.9, 0.999] },
    steps,
    parameters: 692_930,
    workers: 2,
    tier: 'simd',
    data: ['train: 67,349 rows of train.csv', 'dev: 872 rows of dev.csv'],
    bestMetric: 'accuracy',
    notes: ['The dev set is partial: 436 of 872 rows.', HOSTILE[1]!],
  };
  let seconds = 0;
  let best = 0;
  for (let step = 1; step <= steps; step++) {
    const done = step / steps;
    const tokens = Math.round(700 + 60 * noise());
    const tokensPerSecond = 21_000 + 900 * noise();
    seconds += tokens / tokensPerSecond;
    const spike = step === Math.floor(steps / 3) ? 7.5 : 0;
    yield {
      type: 'step',
      step,
      epoch: done * 4,
      loss: 0.7 * Math.exp(-3 * done) + 0.2 + 0.06 * noise() + spike,
      learningRate: 2.5e-4 * (1 + Math.cos(Math.PI * ((done * 5) % 1))),
      gradientNorm: Math.abs(1 + 0.3 * noise()),
      tokens,
      tokensPerSecond,
      seconds,
    };
    if (step % Math.ceil(steps / 20) !== 0) continue;
    const accuracy = 0.5 + 0.33 * (1 - Math.exp(-4 * done)) + 0.01 * noise();
    const metrics = { accuracy, f1: accuracy - 0.02, perplexity: 40 * (1 - done) + 3 };
    yield {
      type: 'evaluation',
      step,
      epoch: done * 4,
      loss: 0.9 - accuracy / 2,
      metrics,
      best: accuracy > best,
    };
    best = Math.max(best, accuracy);
    yield { type: 'checkpoint', step, folder: `step-${step}`, kind: 'last' };
  }
  yield { type: 'end', reason: 'finished', step: steps, seconds };
}

export function sampleEvaluation(count: number): FinalEvaluation {
  const random = uniform(3);
  const labels = Array.from({ length: count }, (_, i) => (i === 1 ? HOSTILE[2]! : `label ${i}`));
  return {
    labels,
    confusion: labels.map((_, gold) =>
      labels.map((_, predicted) => Math.floor((gold === predicted ? 200 : 9) * random())),
    ),
    metrics: { accuracy: 0.8193, f1: 0.8042, loss: Number.NaN },
    worst: [...HOSTILE, 'a dull, lifeless mess', 'word '.repeat(2000)].map((text, i) => ({
      text,
      ...(i % 2 === 0 ? { pair: HOSTILE[i % HOSTILE.length]! } : {}),
      gold: labels[1]!,
      predicted: labels[0]!,
      confidence: 0.99 - i / 100,
      loss: 6 - i / 10,
    })),
  };
}
