// What commands that train on labels or on a teacher print when all is done.

import { join } from 'node:path';
import type { FinetuneResult } from '../train/finetune.ts';
import { REPORT_FILE } from '../train/report/events.ts';
import { duration, figure, grouped, spaced } from '../train/report/words.ts';
import { aligned } from './report.ts';
import type { TrainingOptions } from './training-options.ts';
import { sayHowToGoOn } from './training-run.ts';

type Next = (model: string) => string;

function describe(out: string, result: FinetuneResult, next: Next): string {
  const { reason, steps, plannedSteps, seconds, metric, best, final } = result;
  const model = join(out, best === null ? 'last' : 'best');
  const early = reason === 'stopped early' ? `, stopped early of ${grouped(plannedSteps)}` : '';
  const rows = [['steps', `${grouped(steps)}${early}, ${duration(seconds)}`]];
  if (metric !== null) rows.push([`best ${spaced(metric)}`, best === null ? '–' : figure(best)]);
  if (final !== null) {
    const all = Object.entries(final.metrics).map(([name, value]) => `${spaced(name)} ${figure(value)}`);
    rows.push(['dev', all.join(', ')]);
  }
  rows.push(['model', model], ['report', join(out, REPORT_FILE)], ['next', next(model)]);
  return aligned(rows, 2);
}

function toJson(out: string, { model: _, final, ...result }: FinetuneResult): string {
  const folder = join(out, result.best === null ? 'last' : 'best');
  const { reason, steps, plannedSteps, seconds, metric, best, labels, evaluation } = result;
  const told = { reason, steps, plannedSteps, seconds, metric, best, metrics: final?.metrics ?? null };
  const last = evaluation?.metrics ?? null;
  return `${JSON.stringify({ ...told, last, labels, out, model: folder, report: join(out, REPORT_FILE) }, null, 2)}\n`;
}

/**
 * Prints a run's result, or how to go on with one that was stopped, and gives its model up.
 *
 * @param next what to type next, for a model's folder
 */
export function sayResult(
  { out, json }: Pick<TrainingOptions, 'out' | 'json'>,
  words: readonly string[],
  result: FinetuneResult,
  next: Next,
): void {
  result.model.dispose();
  if (result.reason === 'interrupted') {
    const where = `stopped after step ${grouped(result.steps)}; the checkpoint is in ${join(out, 'last')}`;
    if (result.steps > 0) sayHowToGoOn(words, where);
    else process.stderr.write('hashformer: stopped before the first step; nothing was saved\n');
  }
  if (json) process.stdout.write(toJson(out, result));
  else if (result.reason !== 'interrupted') process.stdout.write(describe(out, result, next));
}
