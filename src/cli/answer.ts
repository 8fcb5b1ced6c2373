import { throwIfAborted } from '../abort.ts';
import { HashformerError } from '../errors.ts';
import type { Text } from '../tokenizer/text.ts';
import type { InputOptions, OutputOptions } from './common-options.ts';
import type { Context } from './context.ts';
import { meterFor, readTexts } from './input/read.ts';
import { findSources, type Source } from './input/sources.ts';
import { type Output, openOutput, outputFormat } from './output/open.ts';
import type { Column, Row } from './output/rows.ts';
import { Progress } from './progress.ts';

/** Texts computed between two looks at the output. */
const GROUP = 512;

export type AnswerOptions = InputOptions & OutputOptions & { pair?: string };

/** What a command makes of texts. */
export interface Task {
  readonly columns: readonly Column[];
  compute(texts: readonly Text[]): Promise<Row[]>;
}

/** How many of the last arguments stand after "--", where everything is a text. */
function literals(words: readonly string[]): number {
  const at = words.indexOf('--');
  return at === -1 ? 0 : words.length - at - 1;
}

/** Whether texts come in pairs. */
export function hasPairs({ pair, pairColumn }: AnswerOptions): boolean {
  return pair !== undefined || pairColumn !== undefined;
}

async function stream(
  sources: readonly Source[],
  options: AnswerOptions,
  task: Task,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const meter = meterFor(sources);
  const progress = new Progress(meter, output.onTerminal);
  let count = 0;
  try {
    for await (const texts of readTexts(sources, options, meter, signal)) {
      for (let start = 0; start < texts.length; start += GROUP) {
        const group = texts.slice(start, start + GROUP);
        const rows = await task.compute(group);
        throwIfAborted(signal);
        await output.write(rows);
        count += group.length;
        await progress.update(count);
      }
      throwIfAborted(signal);
    }
    await output.finish();
  } catch (error) {
    progress.stop();
    const kept = await output.abandon().catch(() => null);
    if (kept !== null) {
      process.stderr.write(`hashformer: the answers to the first ${count} texts are in ${kept}\n`);
    }
    throw error;
  } finally {
    progress.stop();
  }
}

/**
 * Reads what the command line names, computes, and writes it, in pieces.
 *
 * @param createTask called when the input is known to be there: it loads the model
 */
export async function answer(
  operands: readonly string[],
  options: AnswerOptions,
  { signal, words }: Context,
  createTask: () => Promise<Task>,
): Promise<void> {
  outputFormat(options);
  const sources = await findSources(operands, literals(words), options);
  if (options.pair !== undefined && !sources.some((source) => 'text' in source)) {
    throw new HashformerError(
      'argument',
      '--pair goes with texts given as arguments; of columns, name --pair-column.',
    );
  }
  const task = await createTask();
  const output = await openOutput(options, task.columns);
  await stream(sources, options, task, output, signal);
}
