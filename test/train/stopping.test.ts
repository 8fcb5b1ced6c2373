import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { finetune } from '../../src/train/finetune.ts';
import type { TrainingEvent } from '../../src/train/report/events.ts';
import { emptyFolder, tinyModel } from '../helpers.ts';

const WORDS = ['red', 'green', 'blue', 'warm', 'cold', 'dark', 'light'];
const texts = Array.from({ length: 40 }, (_, i) => `${WORDS[i % 7]} ${WORDS[(i * 3) % 5]} ${WORDS[i % 2]}`);
const labels = texts.map((_, i) => (i % 2 ? 'odd' : 'even'));
const data = { texts, labels };

/** A run that is stopped when an event is met, if one is named. */
async function run(folder: string, stop?: (event: TrainingEvent) => boolean, more: object = {}) {
  const controller = new AbortController();
  const events: TrainingEvent[] = [];
  const { model, ...result } = await finetune({
    ...{ model: tinyModel(), task: 'text-classification', train: data, dev: data, out: folder, resume: true },
    ...{ epochs: 5, batchSize: 8, evaluateEvery: 5, optimizer: { learningRate: 1e-3 }, ...more },
    signal: controller.signal,
    onEvent: (event) => {
      events.push(event);
      if (stop?.(event)) controller.abort();
    },
  });
  model.dispose();
  return { ...result, events };
}

const weights = (folder: string, kind: string) => readFile(join(folder, kind, 'model.safetensors'));
const evaluations = (events: readonly TrainingEvent[]) =>
  events.filter((event) => event.type === 'evaluation').map(({ step, best, loss }) => [step, best, loss]);

it('makes up for an evaluation that it was stopped in', async () => {
  const [whole, broken] = [join(await emptyFolder(), 'run'), join(await emptyFolder(), 'run')];
  const unbroken = await run(whole);
  expect(unbroken).toMatchObject({ reason: 'finished', steps: 25 });
  // The signal is seen by the evaluation that follows the step.
  const first = await run(broken, (event) => event.type === 'step' && event.step === 10);
  expect(first).toMatchObject({ reason: 'interrupted', steps: 10, final: null });
  const second = await run(broken);
  expect(second).toMatchObject({ reason: 'finished', steps: 25, best: unbroken.best });
  expect([...evaluations(first.events), ...evaluations(second.events)]).toEqual(evaluations(unbroken.events));
  for (const kind of ['last', 'best']) {
    expect((await weights(whole, kind)).equals(await weights(broken, kind)), kind).toBe(true);
  }
});

it('does not go on when it had stopped early, but with more patience', async () => {
  const folder = join(await emptyFolder(), 'run');
  const still = { optimizer: { learningRate: 0 }, patience: 2 };
  expect(await run(folder, undefined, still)).toMatchObject({ reason: 'stopped early', steps: 15 });
  expect(await run(folder, undefined, still)).toMatchObject({ reason: 'stopped early', steps: 15 });
  const patient = await run(folder, undefined, { ...still, patience: 100 });
  expect(patient).toMatchObject({ reason: 'finished', steps: 25 });
});

it('stops before its first step without a trace', async () => {
  const folder = join(await emptyFolder(), 'run');
  const { reason, steps } = await run(folder, (event) => event.type === 'start');
  expect([reason, steps]).toEqual(['interrupted', 0]);
  expect(await run(folder)).toMatchObject({ reason: 'finished', steps: 25 });
});
