// The command of a task that has none of its own, made of the task's record.

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { TaskOption } from '../pipeline/options.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { type Task as TaskName, taskRecord } from '../pipeline/tasks.ts';
import type { Text } from '../tokenizer/text.ts';
import { type AnswerOptions, answer, hasPairs, type Task } from './answer.ts';
import {
  addBatchOption,
  addInputOptions,
  addModelOptions,
  addOutputOptions,
  addPairOptions,
  INPUT_HELP,
  type ModelOptions,
  OUTPUT_HELP,
} from './common-options.ts';
import type { Context } from './context.ts';
import { loadOptions } from './load-model.ts';
import { type Column, type Row, textColumns, textValues, type Value } from './output/rows.ts';

type Options = AnswerOptions & ModelOptions & Readonly<Record<string, unknown>>;

/** A whole number from 1, or "all", which is null to a pipeline. */
function countOf(value: string): number | null {
  if (value === 'all') return null;
  if (/^[1-9]\d*$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Expected a whole number from 1, or "all".');
}

/** An option of a task as the command line has it: `top_k` is --top-k. */
function optionOf(name: string, option: TaskOption): Option {
  const flag = `--${name.replaceAll('_', '-')}`;
  switch (option.kind) {
    case 'count':
      return new Option(`${flag} <n>`, `${option.about.replace('null', '"all"')}`).argParser(countOf);
    case 'switch':
      return new Option(flag, option.about);
    case 'choice':
      return new Option(`${flag} <name>`, option.about).choices(option.values);
    case 'names':
      return new Option(`${flag} <names>`, `${option.about}, with commas between them`).argParser((value) =>
        value === '' ? [] : value.split(','),
      );
    default:
      return option satisfies never;
  }
}

function columnsOf(name: TaskName, size: number, pairs: boolean): Column[] {
  const { fields } = taskRecord(name);
  const texts = textColumns(pairs);
  if (fields === null) return [...texts, { name: 'embedding', type: 'vector', size }];
  return [
    ...texts,
    ...Object.entries(fields).map(([name, type]): Column => {
      return type === 'text' ? { name, type, width: 16 } : { name, type };
    }),
  ];
}

/** Rows of what a pipeline gives: one a text, or one for each of the objects that a text is answered with. */
function rowsOf(name: TaskName, texts: readonly Text[], results: unknown, pairs: boolean): Row[] {
  const { fields } = taskRecord(name);
  if (fields === null) {
    const { data } = results as { data: Float32Array };
    const size = data.length / texts.length;
    return texts.map((text, i) => [...textValues(text, pairs), data.subarray(i * size, (i + 1) * size)]);
  }
  const names = Object.keys(fields);
  return texts.flatMap((text, i) =>
    [(results as unknown[])[i]].flat().map((answer) => {
      const values = answer as Readonly<Record<string, Value>>;
      return [...textValues(text, pairs), ...names.map((name) => values[name] ?? null)];
    }),
  );
}

async function createTask(name: TaskName, options: Options, { signal }: Context): Promise<Task> {
  const record = taskRecord(name);
  const run = await pipeline(name, options.model, loadOptions(options, signal));
  const { config } = run.model;
  const pairs = record.pairs && hasPairs(options);
  const given = Object.fromEntries(
    Object.entries(record.options).flatMap(([name, option]) => {
      const value = options[optionOf(name, option).attributeName()];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const { batchSize } = options;
  const how = { ...given, signal, ...(batchSize === undefined ? {} : { batchSize }) };
  const compute = run as (texts: readonly Text[], options: object) => Promise<unknown>;
  return {
    columns: columnsOf(name, config.sentence_embedding_size ?? config.hidden_size, pairs),
    compute: async (texts) => rowsOf(name, texts, await compute(texts, how), pairs),
  };
}

function helpOf(name: TaskName): string {
  const { fields, model, command } = taskRecord(name);
  const row = ['text', ...Object.keys(fields ?? { embedding: null })].join(', ');
  const source = model === null ? ' --model ./my-model' : '';
  const missing = model === null ? 'No built-in model does this: name one with --model.' : '';
  return `${INPUT_HELP}
${OUTPUT_HELP}

Every row is { ${row} }. ${missing}

Examples:
  $ hashformer ${command}${source} "a text"
  $ hashformer ${command}${source} texts.txt --json`;
}

/** What defines the command of a task. */
export function taskCommand(name: TaskName) {
  return {
    define(command: Command, context: Context): void {
      const { pairs, options } = taskRecord(name);
      command.argument('[texts-or-files...]', 'texts, files of texts, or "-" for stdin');
      addInputOptions(command);
      if (pairs) addPairOptions(command);
      addOutputOptions(command);
      for (const [option, record] of Object.entries(options)) command.addOption(optionOf(option, record));
      addBatchOption(addModelOptions(command)).addHelpText('after', helpOf(name));
      command.action((operands: string[], given: Options) =>
        answer(operands, given, context, () => createTask(name, given, context)),
      );
    },
  };
}
