export type { AdamWOptions } from './backend.ts';
export type { Update } from './learner.ts';
export type { Schedule } from './schedule.ts';
export type { Label, Task } from './task.ts';
export { type LabelledTexts, Trainer, type TrainerOptions } from './trainer.ts';
