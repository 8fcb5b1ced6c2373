import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../../arguments.ts';
import { cosine } from '../numeric/cosine.ts';

export const SCHEDULES = ['constant', 'linear', 'cosine', 'cosine-restarts'] as const;

/**
 * How the learning rate goes over a run; the formulas of transformers' `get_constant_schedule_with_warmup`,
 * `get_linear_…`, `get_cosine_…` and `get_cosine_with_hard_restarts_schedule_with_warmup`.
 */
export interface Schedule {
  readonly kind: (typeof SCHEDULES)[number];
  /** Optimiser steps of the whole run. */
  readonly steps: number;
  /** Steps in which the rate rises from 0, or below 1 their share of all steps; 0 by default. */
  readonly warmup?: number;
  /** Waves of the cosine: 0.5 by default, which ends at 0; with restarts 1, the paper's fine-tuning has 5. */
  readonly cycles?: number;
}

/** How a rate goes, however many steps there will be. */
export type Course = Omit<Schedule, 'steps'>;

function checkFields({ kind, warmup = 0, cycles = 1 }: Course, most = Number.POSITIVE_INFINITY): void {
  checkOneOf('The kind of the schedule', kind, SCHEDULES);
  const limit = most === Number.POSITIVE_INFINITY ? '' : ` up to ${most}`;
  checkNumber(
    'The warm-up of the schedule',
    warmup,
    (x) => x >= 0 && x <= most,
    `a number of steps${limit}, or below 1 their share of all`,
  );
  checkNumber('The cycles of the schedule', cycles, (x) => x > 0, 'a number above 0');
}

/** @throws HashformerError `argument` */
export function checkCourse(given: unknown): Course {
  const course = checkOptions<Course>(given, ['kind', 'warmup', 'cycles'], 'The schedule');
  checkFields(course);
  return course;
}

/** @throws HashformerError `argument` */
export function checkSchedule(given: unknown): Schedule {
  const schedule = checkOptions<Schedule>(given, ['kind', 'steps', 'warmup', 'cycles'], 'The schedule');
  checkFields(schedule, checkInteger('The steps of the schedule', schedule.steps, 1, 2 ** 53));
  return schedule;
}

/** Steps of the warm-up; a share is rounded up, as transformers does. */
export function warmupSteps({ steps, warmup = 0 }: Schedule): number {
  return warmup < 1 ? Math.ceil(steps * warmup) : warmup;
}

/**
 * What the learning rate is multiplied with in a step, 0 to 1.
 *
 * @param step updates made before, so 0 at the first
 */
export function rateAt(schedule: Schedule, step: number): number {
  const { kind, steps } = schedule;
  const warmup = warmupSteps(schedule);
  if (step < warmup) return step / Math.max(1, warmup);
  const left = Math.max(1, steps - warmup);
  const progress = (step - warmup) / left;
  switch (kind) {
    case 'constant':
      return 1;
    case 'linear':
      return Math.max(0, (steps - step) / left);
    case 'cosine':
      return Math.max(0, 0.5 * (1 + cosine(Math.PI * (schedule.cycles ?? 0.5) * 2 * progress)));
    case 'cosine-restarts':
      if (progress >= 1) return 0;
      return Math.max(0, 0.5 * (1 + cosine(Math.PI * (((schedule.cycles ?? 1) * progress) % 1))));
  }
}
