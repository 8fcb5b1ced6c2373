import { type Command, Option } from 'commander';
import { HashformerError } from '../errors.ts';
import { HashFormer } from '../model/hashformer.ts';
import { TIER_CHOICES, type TierChoice } from '../runtime/tier.ts';
import { loadData } from '../train/data/labelled-data.ts';
import type { Example, Task } from '../train/data/task.ts';
import { type Evaluated, evaluate } from '../train/evaluate.ts';
import { figure, grouped, spaced } from '../train/report/words.ts';
import { wholeNumber } from './common-options.ts';
import type { Context } from './context.ts';

import { openOutput, outputFormat } from './output/open.ts';
import { printable } from './output/printable.ts';
import { type Column, type Row, textColumns, textValues } from './output/rows.ts';
import { tableWriter } from './output/table.ts';
import { aligned } from './report.ts';
import { addDataOptions, DATA_HELP, type DataOptions, dataOf, namesOf } from './training-options.ts';

interface Options extends DataOptions {
  model: string;
  data: string;
  tier?: TierChoice;
  worst: number;
  predictions?: string;
  json?: boolean;
}

/** Rows of predictions that are written at a time. */
const GROUP = 1000;
/** So many labels' confusion matrix is printed; --json has any. */
const MOST_LABELS = 12;
const WIDEST_LABEL = 16;

const HELP = `
Prints the metrics of the task, the confusion matrix of up to ${MOST_LABELS} labels (rows: gold,
columns: predicted), and with --worst the examples that the model is most wrong
about. The task is what the model was trained for; --labels gives the model's
labels the names that the data have, in the model's order.
${DATA_HELP}

Examples:
  $ hashformer evaluate --model ./run/best --data test.csv
  $ hashformer evaluate --model sentiment --data dev.tsv --labels 0,1 --worst 10
  $ hashformer evaluate --model ./run/best --data test.csv --predictions out.csv`;

const TASK_OF_PROBLEM = {
  single_label_classification: 'text-classification',
  multi_label_classification: 'multi-label-classification',
  regression: 'regression',
} as const satisfies Record<HashFormer['config']['problem_type'], Task>;

/** What a model was trained for: which head it has, and what config.json says of that. */
async function taskOf(model: HashFormer): Promise<Task> {
  try {
    await model.logits([]);
    return TASK_OF_PROBLEM[model.config.problem_type];
  } catch (error) {
    if (!(error instanceof HashformerError && error.code === 'missing')) throw error;
    return 'token-classification';
  }
}

/** The model's labels, under the names that the data have. */
function labelsOf(model: HashFormer, task: Task, named: readonly string[] | undefined) {
  if (task === 'regression') return undefined;
  const own = task === 'token-classification' ? model.config.token_labels : model.labels;
  if (named !== undefined && named.length !== own.length) {
    throw new HashformerError(
      'argument',
      `The model has ${own.length} labels, but --labels names ${named.length}: its own are ${own.join(', ')}.`,
    );
  }
  return named ?? own;
}

async function writePredictions(
  path: string,
  task: Task,
  examples: readonly Example[],
  evaluated: Evaluated,
): Promise<void> {
  const pairs = examples.some(({ text }) => typeof text !== 'string');
  const type = task === 'regression' ? 'float' : 'text';
  const columns: Column[] = [...textColumns(pairs), { name: 'label', type }, { name: 'predicted', type }];
  if (task === 'text-classification') columns.push({ name: 'score', type: 'float' });
  const rowOf = ({ text, label }: Example, i: number): Row => {
    if (task === 'regression')
      return [...textValues(text, pairs), label as number, evaluated.predictions[i] as number];
    const { gold, predicted, confidence } = evaluated.described(i);
    const row = [...textValues(text, pairs), gold, predicted];
    return task === 'text-classification' ? [...row, confidence] : row;
  };
  const output = await openOutput({ output: path }, columns);
  try {
    for (let at = 0; at < examples.length; at += GROUP) {
      await output.write(examples.slice(at, at + GROUP).map((example, i) => rowOf(example, at + i)));
    }
    await output.finish();
  } catch (error) {
    await output.abandon().catch(() => null);
    throw error;
  }
}

async function printTable(columns: readonly Column[], rows: readonly Row[]): Promise<void> {
  const write = async (data: string | Uint8Array) => void process.stdout.write(data);
  const table = await tableWriter(columns, write, process.stdout.isTTY === true);
  await table.write(rows);
  await table.finish();
}

async function print(evaluated: Evaluated, count: number): Promise<void> {
  const { metrics, loss, notes, report } = evaluated;
  const rows = [
    ['examples', grouped(count)],
    ...Object.entries({ ...metrics, loss }).map(([name, value]) => [spaced(name), figure(value)]),
  ];
  process.stdout.write(aligned(rows));
  for (const note of notes) process.stdout.write(`note: ${printable(note)}\n`);
  const { labels, confusion, worst } = report;
  if (confusion !== undefined && labels.length <= MOST_LABELS) {
    const width = Math.min(WIDEST_LABEL, Math.max(16, ...labels.map((label) => label.length)));
    const columns: Column[] = [
      { name: 'gold \\ predicted', type: 'text', width },
      ...labels.map(
        (name): Column => ({ name: printable(name), type: 'integer', width: Math.min(width, name.length) }),
      ),
    ];
    process.stdout.write('\n');
    await printTable(
      columns,
      confusion.map((row, gold) => [labels[gold]!, ...row]),
    );
  }
  if (worst.length === 0) return;
  process.stdout.write('\n');
  const columns: Column[] = [
    { name: 'loss', type: 'float' },
    { name: 'gold', type: 'text', width: WIDEST_LABEL },
    { name: 'predicted', type: 'text', width: WIDEST_LABEL },
    { name: 'text', type: 'text' },
  ];
  await printTable(
    columns,
    worst.map(({ loss: own, gold, predicted, text, pair }) => [
      own,
      gold,
      predicted,
      pair === undefined ? text : `${text} | ${pair}`,
    ]),
  );
}

async function run(options: Options, { signal }: Context): Promise<void> {
  const { data, predictions } = options;
  if (predictions !== undefined) outputFormat({ output: predictions });
  const model = await HashFormer.load(options.model, {
    signal,
    ...(options.tier === undefined ? {} : { tier: options.tier }),
  });
  const task = options.task ?? (await taskOf(model));
  const labels = labelsOf(model, task, namesOf(options.labels));
  const { columns, format } = dataOf(options);
  const loaded = await loadData(data, { ...format, columns, task, labels, signal });
  for (const note of loaded.notes) process.stderr.write(`note: ${printable(note)}\n`);
  const { examples } = loaded;
  const evaluated = await evaluate(model, task, examples, signal, options.worst);
  if (predictions !== undefined) await writePredictions(predictions, task, examples, evaluated);
  if (options.json) {
    const { metrics, loss, notes, report } = evaluated;
    const { confusion, worst } = report;
    const all = {
      task,
      data,
      examples: examples.length,
      metrics: { ...metrics, loss },
      labels: labels ?? [],
    };
    process.stdout.write(`${JSON.stringify({ ...all, confusion, worst, notes }, null, 2)}\n`);
  } else await print(evaluated, examples.length);
}

export function define(command: Command, context: Context): void {
  command
    .requiredOption('-m, --model <source>', 'folder or address of a model, or a built-in one')
    .requiredOption('--data <file>', 'labelled texts');
  addDataOptions(command)
    .addOption(new Option('--tier <name>', 'build of the WebAssembly module').choices(TIER_CHOICES))
    .option('--worst <n>', 'show so many examples that the model is most wrong about', wholeNumber(0), 0)
    .option('--predictions <file>', 'write all predictions (.json, .jsonl, .csv, .parquet)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action((options: Options) => run(options, context));
}
