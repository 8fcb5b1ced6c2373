import type { LoadOptions } from '../model/call-options.ts';
import { HashFormer } from '../model/hashformer.ts';
import type { Source } from '../model/source.ts';
import {
  checkTaskName,
  createPipeline,
  type Pipeline,
  type Task,
  type TaskName,
  taskRecord,
} from './tasks.ts';

/** What pipelines refuse, loaded on first use. */
function refusals() {
  return import('../model/load-refusal.ts');
}

/** The shipped model of a task. */
async function shippedModel(task: Task): Promise<Source> {
  return taskRecord(task).model ?? Promise.reject((await refusals()).noShippedModel(task));
}

/**
 * A function that does one task, as in transformers.js.
 *
 * @param source a model as HashFormer.load() takes it, or a loaded one, which has its options already; without it the
 *   shipped model of the task: `sentiment` (English, of films) for text-classification, `sentence` (English, 384 numbers)
 *   for feature-extraction
 * @throws HashformerError `argument`: an unknown task, or one that no shipped model does; `missing`: the model lacks the
 *   head that the task needs; else as HashFormer.load()
 */
export async function pipeline<Name extends TaskName>(
  task: Name,
  source?: Source | HashFormer,
  options?: LoadOptions,
): Promise<Pipeline<Name>> {
  const name = checkTaskName(task);
  if (source instanceof HashFormer) {
    if (Object.values(options ?? {}).some((option) => option !== undefined)) {
      throw (await refusals()).loadedAlready();
    }
    return (await createPipeline(name, source)) as Pipeline<Name>;
  }
  const model = await HashFormer.load(source ?? (await shippedModel(name)), options);
  try {
    return (await createPipeline(name, model)) as Pipeline<Name>;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
