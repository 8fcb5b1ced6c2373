import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rateAt, type Schedule, warmupSteps } from '../../src/train/engine/schedule.ts';
import { cosine } from '../../src/train/numeric/cosine.ts';
import { Random } from '../../src/train/numeric/random.ts';

interface Case {
  schedule: Schedule;
  rates: number[];
}

const cases: Case[] = JSON.parse(readFileSync(new URL('./fixtures/schedules.json', import.meta.url), 'utf8'));

describe('cosine', () => {
  it('is within 1e-15 of Math.cos', () => {
    const random = new Random(1);
    let most = 0;
    for (let i = 0; i < 200_000; i++) {
      const x = (random.uniform() * 2 - 1) * (i % 2 === 0 ? Math.PI : 1000);
      most = Math.max(most, Math.abs(cosine(x) - Math.cos(x)));
    }
    expect(most).toBeLessThan(1e-15);
  });

  it('is right where it is 1, 0 or -1, and at the borders of its pieces', () => {
    expect([0, Math.PI, -Math.PI, 2 * Math.PI].map(cosine)).toEqual([1, -1, -1, 1]);
    for (let k = 1; k < 64; k++) {
      for (const x of [(k * Math.PI) / 4, (k * Math.PI) / 4 + 1e-9, (k * Math.PI) / 4 - 1e-9]) {
        expect(Math.abs(cosine(x) - Math.cos(x))).toBeLessThan(1e-15);
      }
    }
  });
});

describe('schedules', () => {
  it.each(cases.map((each) => [JSON.stringify(each.schedule), each] as const))(
    'is that of transformers: %s',
    (_, { schedule, rates }) => {
      expect(rates.length).toBe(schedule.steps + 3);
      for (const [step, rate] of rates.entries()) {
        expect(Math.abs(rateAt(schedule, step) - rate)).toBeLessThan(2e-15 * (1 + (schedule.cycles ?? 0)));
      }
    },
  );

  it('takes a share of the steps as warm-up, rounded up', () => {
    expect(warmupSteps({ kind: 'linear', steps: 101, warmup: 0.06 })).toBe(7);
    expect(warmupSteps({ kind: 'linear', steps: 101, warmup: 1 })).toBe(1);
    expect(warmupSteps({ kind: 'linear', steps: 101 })).toBe(0);
    const { schedule, rates } = cases.find(({ schedule }) => schedule.cycles === 5)!;
    expect(rateAt({ ...schedule, warmup: 0.06 }, 50)).toBeCloseTo(rates[50]!, 14);
  });

  it('stays within 0 and 1 in every step and after the last', () => {
    for (const kind of ['constant', 'linear', 'cosine', 'cosine-restarts'] as const) {
      for (const steps of [0, 1, 2, 17]) {
        for (const warmup of [0, 0.5, 1, 17]) {
          for (let step = 0; step < 40; step++) {
            const rate = rateAt({ kind, steps, warmup }, step);
            expect(rate >= 0 && rate <= 1).toBe(true);
          }
        }
      }
    }
  });
});
