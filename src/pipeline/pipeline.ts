import { HashformerError } from '../errors.ts';
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

/** The shipped model of a task. */
function shippedModel(task: Task): Source {
  const { model } = taskRecord(task);
  if (model !== null) return model;
  throw new HashformerError(
    'argument',
    `No model that ships with this package does ${task}; name one: its folder, its address or { config, weights }.`,
  );
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
      throw new HashformerError(
        'argument',
        'This model is loaded already: leave the options of loading out.',
      );
    }
    return (await createPipeline(name, source)) as Pipeline<Name>;
  }
  const model = await HashFormer.load(source ?? shippedModel(name), options);
  try {
    return (await createPipeline(name, model)) as Pipeline<Name>;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
