// POST to the route of a task: what its pipeline gives.

import { HashformerError } from '../errors.ts';
import { checkTaskOption } from '../pipeline/options.ts';
import { createPipeline, type Task, taskRecord } from '../pipeline/tasks.ts';
import type { Handler } from './handler.ts';
import { invalid } from './http-refusal.ts';
import { checkTexts, count } from './request-texts.ts';

/** The options of a task that a body brings. */
function readOptions(task: Task, body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(taskRecord(task).options)) {
    const field = body[name] === undefined && option.alias !== undefined ? option.alias : name;
    if (body[field] === undefined) continue;
    try {
      options[name] = checkTaskOption(`"${field}"`, option, body[field]);
    } catch (error) {
      if (error instanceof HashformerError) throw invalid(field, error.message);
      throw error;
    }
  }
  return options;
}

/** Tensors as lists, other results as they are. */
function asJson(results: unknown): unknown {
  const { tolist } = Object(results) as { tolist?: () => unknown };
  return typeof tolist === 'function' ? tolist.call(results) : results;
}

/** A single text has its answer as it is, a list has a list of them. */
export function taskHandler(task: Task): Handler {
  const { options, pairs } = taskRecord(task);
  const names = Object.entries(options).flatMap(([name, { alias }]) =>
    alias === undefined ? [name] : [name, alias],
  );
  return {
    task,
    fields: ['texts', 'model', ...names],
    check: (body, limits) => {
      const { texts: given } = body;
      const chosen = readOptions(task, body);
      const texts = checkTexts('texts', given, pairs, limits);
      return async ({ name, model, signal, metrics }) => {
        const answer = (await createPipeline(task, model)) as (
          texts: unknown,
          options: object,
        ) => Promise<unknown>;
        const results = await answer(typeof given === 'string' ? given : texts, { ...chosen, signal });
        return { model: name, results: asJson(results), usage: count(name, model, texts, metrics) };
      };
    },
  };
}
