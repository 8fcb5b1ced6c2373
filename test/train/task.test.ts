import { describe, expect, it } from 'vitest';
import { checkTask, TASKS, type TaskName } from '../../src/train/data/task.ts';
import { METRICS } from '../../src/train/metric/measure.ts';
import { checkSameOptions } from '../../src/train/run/checkpoint.ts';
import { PLANS } from '../../src/train/task.ts';
import { type TaskName as Exported, evaluate, finetune, Trainer } from '../../src/train/train.ts';
import { failure, tinyModel } from '../helpers.ts';

const FORMER = [
  ['classification', 'text-classification'],
  ['multilabel', 'multi-label-classification'],
  ['token', 'token-classification'],
] as const satisfies [Exported, TaskName][];

describe('names of tasks', () => {
  it('are the same everywhere', () => {
    expect(Object.keys(PLANS).sort()).toEqual([...TASKS].sort());
    expect(Object.keys(METRICS).sort()).toEqual([...TASKS].sort());
  });

  it.each(FORMER)('%s is still understood as %s', async (former, name) => {
    expect(checkTask('The task', former)).toBe(name);
    const trainer = await Trainer.create({ model: tinyModel(), task: former });
    expect(trainer.task).toBe(name);
    trainer.dispose();
  });

  it.each(FORMER)('a run that was made with %s goes on with %s, and the other way round', (former, name) => {
    const others = { seed: 1 };
    checkSameOptions({ ...others, task: former }, { ...others, task: name });
    checkSameOptions({ ...others, task: name }, { ...others, task: former });
    expect(() => checkSameOptions({ task: former }, { task: 'regression' })).toThrow(
      /now it is "regression"/,
    );
  });

  it('are equal where a model is trained and measured', async () => {
    const train = { texts: ['good', 'bad'], labels: ['y', 'n'] };
    const how = { model: tinyModel(), train, epochs: 1, dropout: 0 };
    const [old, today] = [
      await finetune({ ...how, task: 'classification' }),
      await finetune({ ...how, task: 'text-classification' }),
    ];
    const weights = await Promise.all([old, today].map(async ({ model }) => (await model.save()).weights));
    expect(weights[0]).toEqual(weights[1]);
    const examples = [{ text: 'good', label: 1 }];
    expect((await evaluate(old.model, 'classification', examples)).loss).toBe(
      (await evaluate(old.model, 'text-classification', examples)).loss,
    );
    for (const { model } of [old, today]) model.dispose();
  });

  it.each(['translation', 'constructor', '', null, undefined])('%s is none', async (task) => {
    const { message } = await failure(
      () => finetune({ model: tinyModel(), task, train: 'a.csv' } as never),
      'argument',
    );
    expect(message).toContain('"text-classification", "regression", "multi-label-classification"');
    await failure(() => Trainer.create({ model: tinyModel(), task } as never), 'argument');
  });
});
