import { type Command, InvalidArgumentError } from 'commander';
import { pipeline } from '../pipeline/pipeline.ts';
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
import { type Column, textColumns, textValues } from './output/rows.ts';

interface Options extends AnswerOptions, ModelOptions {
  topK: number | 'all';
}

const WIDEST_LABEL = 24;

const HELP = `${INPUT_HELP}
${OUTPUT_HELP}

Every row is { text, label, score }: the best label and its probability. With
--top-k there is a row a label, best first, each with its rank, from 1. Without
--model the built-in "sentiment" answers: English, POSITIVE or NEGATIVE.

Examples:
  $ hashformer classify "a gorgeous, witty, seductive movie"
  $ hashformer classify reviews.csv --text-column review -o labels.parquet
  $ grep -v '^$' reviews.txt | hashformer classify --jsonl | head
  $ hashformer classify --model ./nli "A man eats." --pair "He eats." -k all
  $ hashformer classify -- reviews.csv "-) like a file and like an option"`;

function topK(value: string): number | 'all' {
  if (value === 'all') return value;
  if (/^[1-9]\d*$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Expected a whole number from 1, or "all".');
}

async function createTask(options: Options, { signal }: Context): Promise<Task> {
  const classify = await pipeline('text-classification', options.model, loadOptions(options, signal));
  const pairs = hasPairs(options);
  const ranked = options.topK !== 1;
  const top_k = options.topK === 'all' ? null : options.topK;
  const widest = Math.max(...classify.model.labels.map((label) => label.length));
  const columns: Column[] = [
    ...textColumns(pairs),
    { name: 'label', type: 'text', width: Math.min(widest, WIDEST_LABEL) },
    { name: 'score', type: 'float' },
  ];
  if (ranked) columns.push({ name: 'rank', type: 'integer', width: 4 });
  const batch = options.batchSize === undefined ? {} : { batchSize: options.batchSize };
  return {
    columns,
    compute: async (texts) => {
      const results = await classify(texts, { top_k, signal, ...batch });
      return texts.flatMap((text, i) => {
        // One label a text comes without a list around it.
        const labels = [results[i]!].flat();
        return labels.map(({ label, score }, rank) => [
          ...textValues(text, pairs),
          label,
          score,
          ...(ranked ? [rank + 1] : []),
        ]);
      });
    },
  };
}

export function define(command: Command, context: Context): void {
  command.argument('[texts-or-files...]', 'texts, files of texts, or "-" for stdin');
  addPairOptions(addInputOptions(command));
  addOutputOptions(command).option('-k, --top-k <n>', 'how many labels a text, or "all"', topK, 1);
  addBatchOption(addModelOptions(command)).addHelpText('after', HELP);
  command.action((operands: string[], options: Options) =>
    answer(operands, options, context, () => createTask(options, context)),
  );
}
