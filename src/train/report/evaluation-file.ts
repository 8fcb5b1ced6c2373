import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runtime } from '#runtime';
import { HashformerError } from '../../errors.ts';
import { parseJson } from '../../formats/json.ts';
import { EVALUATION_FILE, type FinalEvaluation, type WrongExample } from './events.ts';

/** JSON has no NaN: what is not finite is null in the file. */
function number(value: unknown): value is number | null {
  return value === null || typeof value === 'number';
}

function isExample(value: unknown): value is WrongExample {
  const { text, pair, gold, predicted, confidence, loss } = (value ?? {}) as WrongExample;
  const texts = [text, pair ?? '', gold, predicted];
  return texts.every((one) => typeof one === 'string') && number(confidence) && number(loss);
}

function isConfusion(rows: unknown, count: number): boolean {
  const whole = (list: unknown): list is unknown[] => Array.isArray(list) && list.length === count;
  return whole(rows) && rows.every((row) => whole(row) && row.every((cell) => Number.isInteger(cell)));
}

function isEvaluation(value: unknown): value is FinalEvaluation {
  const { labels, confusion, metrics, worst } = (value ?? {}) as FinalEvaluation;
  return (
    Array.isArray(labels) &&
    labels.every((label) => typeof label === 'string') &&
    (confusion === undefined || isConfusion(confusion, labels.length)) &&
    typeof metrics === 'object' &&
    metrics !== null &&
    Object.values(metrics).every(number) &&
    Array.isArray(worst) &&
    worst.every(isExample)
  );
}

/** Writes evaluation.json into a run's folder, whole or not at all. */
export async function writeEvaluation(folder: string, evaluation: FinalEvaluation): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(evaluation)}\n`);
  await runtime.write(folder, new Map([[EVALUATION_FILE, bytes]]));
}

/** Removes evaluation.json, where there is one. */
export async function dropEvaluation(folder: string): Promise<void> {
  await rm(join(folder, EVALUATION_FILE), { force: true });
}

/**
 * @returns undefined where the run has none yet
 * @throws HashformerError `source`: the file could not be read, or is no evaluation
 */
export async function readEvaluation(folder: string): Promise<FinalEvaluation | undefined> {
  const bytes = await runtime.read(folder, EVALUATION_FILE);
  if (bytes === undefined) return undefined;
  const value = parseJson(bytes, EVALUATION_FILE, 'source');
  if (!isEvaluation(value)) {
    throw new HashformerError(
      'source',
      `${EVALUATION_FILE} in "${folder}" is no evaluation of a training run; remove it to make the report without.`,
    );
  }
  const numbers = Object.entries(value.metrics).map(([name, one]) => [name, one ?? Number.NaN]);
  return {
    ...value,
    metrics: Object.fromEntries(numbers),
    worst: value.worst.map((example) => ({
      ...example,
      confidence: example.confidence ?? Number.NaN,
      loss: example.loss ?? Number.NaN,
    })),
  };
}
