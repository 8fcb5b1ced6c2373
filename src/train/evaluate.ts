import type { HashFormer } from '../model/hashformer.ts';
import type { Sequence } from '../tokenizer/tokenizer.ts';
import { checkTask, type Example, type Task, type TaskName } from './data/task.ts';
import { labelTokens } from './data/token-labels.ts';
import { type Measured, measure } from './metric/measure.ts';
import { exp, log, log1p } from './numeric/exponential.ts';
import type { FinalEvaluation, WrongExample } from './report/events.ts';

/** Examples of a report that the model is most wrong about. */
const WORST = 50;
/** Texts that are computed at a time. */
const GROUP = 512;

/** What a model does on labelled examples. */
export interface Evaluated extends Measured {
  /** Mean loss, as in training. */
  readonly loss: number;
  /** What was predicted: class indices, scores, multi-hot rows, or class indices a token. */
  readonly predictions: readonly (number | readonly number[])[];
  /** An example, its label and its prediction in words. */
  described(index: number): WrongExample;
  readonly report: FinalEvaluation;
}

/** Logits of one example. */
type Row = Float32Array;

/** A prediction, its loss, and how many of those the mean is over. */
interface Judged {
  readonly predicted: number | readonly number[];
  readonly gold: number | readonly number[];
  readonly loss: number;
  readonly count: number;
  readonly confidence: number;
}

function argmax(row: Row): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
}

/** log Σ e^x */
function logSum(row: Row): number {
  const most = Math.max(...row);
  return most + log(row.reduce((sum, x) => sum + exp(x - most), 0));
}

function judgeClass(row: Row, gold: number): Judged {
  const predicted = argmax(row);
  const total = logSum(row);
  return {
    predicted,
    gold,
    loss: total - row[gold]!,
    count: 1,
    confidence: exp(row[predicted]! - total),
  };
}

function judgeScore(row: Row, gold: number): Judged {
  const predicted = row[0]!;
  return { predicted, gold, loss: (predicted - gold) ** 2, count: 1, confidence: Number.NaN };
}

function judgeLabels(row: Row, gold: readonly number[]): Judged {
  const predicted = Array.from(row, (x) => (x > 0 ? 1 : 0));
  let loss = 0;
  for (const [i, x] of row.entries()) loss += Math.max(x, 0) - x * gold[i]! + log1p(exp(-Math.abs(x)));
  return { predicted, gold, loss: loss / row.length, count: 1, confidence: Number.NaN };
}

function judgeTokens(rows: readonly Row[], gold: readonly number[]): Judged {
  const judged = rows.map((row, t) => (gold[t]! < 0 ? null : judgeClass(row, gold[t]!)));
  const counted = judged.filter((one) => one !== null);
  return {
    predicted: rows.map(argmax),
    gold,
    loss: counted.reduce((sum, { loss }) => sum + loss, 0),
    count: counted.length,
    confidence: Number.NaN,
  };
}

function describe(value: number | readonly number[], labels: readonly string[], task: Task): string {
  if (task === 'regression') return String(Math.round((value as number) * 1e4) / 1e4);
  if (typeof value === 'number') return labels[value]!;
  if (task === 'multi-label-classification')
    return labels.filter((_, i) => value[i] === 1).join(', ') || '(none)';
  return value.map((index) => labels[index] ?? '·').join(' ');
}

function wrongExample(example: Example, judged: Judged, labels: readonly string[], task: Task): WrongExample {
  const [text, pair] = typeof example.text === 'string' ? [example.text] : example.text;
  return {
    text,
    ...(pair === undefined ? {} : { pair }),
    gold: describe(judged.gold, labels, task),
    predicted: describe(judged.predicted, labels, task),
    confidence: judged.confidence,
    loss: judged.loss / Math.max(judged.count, 1),
  };
}

function isWrong({ predicted, gold }: Judged, task: Task): boolean {
  if (task === 'regression') return true;
  if (typeof gold === 'number') return predicted !== gold;
  return gold.some((label, i) => label >= 0 && label !== (predicted as readonly number[])[i]);
}

/** Of tasks that read one row of logits a text. */
const JUDGES = {
  'text-classification': judgeClass,
  regression: judgeScore,
  'multi-label-classification': judgeLabels,
} satisfies Record<Exclude<Task, 'token-classification'>, unknown>;

async function judgeGroup(
  model: HashFormer,
  task: Task,
  group: readonly Example[],
  signal: AbortSignal | undefined,
): Promise<Judged[]> {
  const texts = group.map(({ text }) => text);
  const options = signal === undefined ? {} : { signal };
  if (task !== 'token-classification') {
    const { data, shape } = await model.logits(texts, options);
    const width = shape[1]!;
    const judge = JUDGES[task] as (row: Row, gold: Example['label']) => Judged;
    return group.map(({ label }, i) => judge(data.subarray(i * width, (i + 1) * width), label));
  }
  const { data, shape, offsets } = await model.tokenLogits(texts, options);
  const width = shape[1]!;
  return group.map(({ text, label }, i) => {
    const rows: Row[] = [];
    for (let t = offsets![i]!; t < offsets![i + 1]!; t++)
      rows.push(data.subarray(t * width, (t + 1) * width));
    const sequence = model.assemble(text) as Sequence;
    return judgeTokens(rows, labelTokens(text as string, label as number[], sequence));
  });
}

/**
 * Compares a model's predictions with labels.
 *
 * @param worst how many examples the report has of those that the model is most wrong about
 * @throws HashformerError `argument`: there is no such task; or as logits() and tokenLogits()
 */
export async function evaluate(
  model: HashFormer,
  given: TaskName,
  examples: readonly Example[],
  signal?: AbortSignal,
  worst: number = WORST,
): Promise<Evaluated> {
  const task = checkTask('The task', given);
  const labels = task === 'token-classification' ? model.config.token_labels : model.labels;
  const judged: Judged[] = [];
  for (let at = 0; at < examples.length; at += GROUP) {
    judged.push(...(await judgeGroup(model, task, examples.slice(at, at + GROUP), signal)));
  }
  const count = judged.reduce((sum, one) => sum + one.count, 0);
  const loss = judged.reduce((sum, one) => sum + one.loss, 0) / Math.max(count, 1);
  const gold = judged.map((one) => one.gold);
  const predictions = judged.map(({ predicted }) => predicted);
  const measured = measure(task, gold as never, predictions as never, labels);
  const described = (index: number) => wrongExample(examples[index]!, judged[index]!, labels, task);
  const lossOf = ({ loss: sum, count: tokens }: Judged) => sum / Math.max(tokens, 1);
  const wrong = Array.from(judged.keys()).filter((index) => isWrong(judged[index]!, task));
  wrong.sort((a, b) => lossOf(judged[b]!) - lossOf(judged[a]!));
  const report: FinalEvaluation = {
    labels: task === 'regression' ? [] : labels,
    ...(measured.confusion === undefined ? {} : { confusion: measured.confusion }),
    metrics: measured.metrics,
    worst: wrong.slice(0, worst).map(described),
  };
  return { ...measured, loss, predictions, described, report };
}
