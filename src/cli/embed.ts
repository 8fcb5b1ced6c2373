import { type Command, Option } from 'commander';
import { POOLINGS, type Pooling } from '../architecture/poolings.ts';
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
import { textColumns, textValues } from './output/rows.ts';

interface Options extends AnswerOptions, ModelOptions {
  pooling?: Pooling;
  normalize?: boolean;
}

const HELP = `${INPUT_HELP}
${OUTPUT_HELP}

Every row is { text, embedding }; in CSV the vector takes the columns
embedding_0, embedding_1, … A table shows its first numbers only. Numbers have
the digits that it takes to read back the same float32. Without --model the
built-in "sentence" answers: English, 384 numbers.

Examples:
  $ hashformer embed "How do I reset my password?" --json
  $ hashformer embed questions.jsonl --text-column question -o vectors.parquet
  $ cat sentences.txt | hashformer embed --csv > vectors.csv
  $ hashformer embed --model ./mine --pooling cls --no-normalize sentences.txt`;

async function createTask(options: Options, { signal }: Context): Promise<Task> {
  const extract = await pipeline('feature-extraction', options.model, loadOptions(options, signal));
  const { config } = extract.model;
  const pairs = hasPairs(options);
  const size = config.sentence_embedding_size ?? config.hidden_size;
  const { pooling = config.pooling ?? 'mean', normalize, batchSize } = options;
  const rest = {
    ...(normalize === undefined ? {} : { normalize }),
    ...(batchSize === undefined ? {} : { batchSize }),
  };
  return {
    columns: [...textColumns(pairs), { name: 'embedding', type: 'vector', size }],
    compute: async (texts) => {
      const { data } = await extract(texts, { pooling, signal, ...rest });
      return texts.map((text, i) => [...textValues(text, pairs), data.subarray(i * size, (i + 1) * size)]);
    },
  };
}

export function define(command: Command, context: Context): void {
  command.argument('[texts-or-files...]', 'texts, files of texts, or "-" for stdin');
  addPairOptions(addInputOptions(command));
  addOutputOptions(command)
    .addOption(
      new Option('--pooling <how>', "how tokens become one vector (default: the model's, else mean)").choices(
        POOLINGS,
      ),
    )
    .option('--normalize', "divide vectors by their length (default: the model's way)")
    .option('--no-normalize', 'leave their length as it is');
  addBatchOption(addModelOptions(command)).addHelpText('after', HELP);
  command.action((operands: string[], options: Options) =>
    answer(operands, options, context, () => createTask(options, context)),
  );
}
