import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { OptionError, type OptionWords } from '../data/option-error.ts';
import { HashformerError } from '../errors.ts';
import { TASK_NAMES, type Task, taskRecord } from '../pipeline/tasks.ts';
import type { Context } from './context.ts';
import { watchSignals } from './interrupt.ts';

/** What a list of commands says of one, and what loads it. */
interface LazyCommand {
  readonly summary: string;
  load(): Promise<CommandModule>;
}

interface CommandModule {
  define(command: Command, context: Context): void;
}

/** Commands of tasks that say more than the task's record does. */
const TASK_COMMANDS: Partial<Record<Task, () => Promise<CommandModule>>> = {
  'text-classification': () => import('./classify.ts'),
  'feature-extraction': () => import('./embed.ts'),
};

function commandOf(task: Task): [name: string, command: LazyCommand] {
  const { command, about } = taskRecord(task);
  const load = TASK_COMMANDS[task] ?? (async () => (await import('./task-command.ts')).taskCommand(task));
  return [command, { summary: `give ${about}`, load }];
}

/** Loaded when they are named, so that a command starts without the code of the others. */
const COMMANDS: Record<string, LazyCommand> = {
  ...Object.fromEntries(TASK_NAMES.map(commandOf)),
  hash: { summary: 'show how tokens are hashed', load: () => import('./hash.ts') },
  inspect: {
    summary: "show a model's configuration, parameters and memory",
    load: () => import('./inspect.ts'),
  },
  convert: { summary: "change a model's layout or number format", load: () => import('./convert.ts') },
  init: { summary: 'make a model with fresh weights', load: () => import('./init.ts') },
  pretrain: { summary: 'train a model on text alone', load: () => import('./pretrain.ts') },
  distill: {
    summary: 'train a small model to say what a large one says',
    load: () => import('./distill.ts'),
  },
  finetune: { summary: 'train a model on labelled texts', load: () => import('./finetune.ts') },
  evaluate: { summary: 'measure a model on labelled texts', load: () => import('./evaluate.ts') },
  glue: { summary: 'fine-tune and measure on the tasks of GLUE', load: () => import('./glue.ts') },
  serve: { summary: "answer over HTTP, as OpenAI's API does", load: () => import('./serve.ts') },
  report: { summary: 'make the page that shows a training run', load: () => import('./report-page.ts') },
};

const EXAMPLES = `
Examples:
  $ hashformer classify "a gorgeous, witty, seductive movie"
  $ hashformer classify reviews.csv --text-column review --output labels.csv
  $ cat sentences.txt | hashformer embed --jsonl > vectors.jsonl
  $ hashformer inspect

Exit codes: 0 done, 1 failed, 2 wrong usage, 128 + n ended by signal n (130: Ctrl-C, 141: the reader has left).`;

/** A sentence from one of commander's messages: "error: unknown option '--jsno'\n(Did you mean --json?)". */
function usageSentence({ message }: CommanderError): string {
  const text = message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** What sentences call the options of commands. */
const OPTION_WORDS: OptionWords = {
  textColumn: '--text-column',
  pairColumn: '--pair-column',
  textPairColumn: '--text-pair-column',
  labelColumn: '--label-column',
  format: '--input-format',
  delimiter: '--delimiter',
  noQuotes: '--no-quotes',
  csv: '--input-format csv',
};

/** An error's sentence, as it is for whoever typed a command. */
function sentenceOf(error: Error): string {
  if (error instanceof CommanderError) return usageSentence(error);
  return error instanceof OptionError ? error.inWords(OPTION_WORDS) : error.message;
}

/** Says what went wrong and gives the exit code. */
function report(error: unknown, name: string | undefined): number {
  const say = (text: string) => process.stderr.write(`hashformer: ${text}\n`);
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (error instanceof CommanderError && error.code === 'commander.help') return 2;
  if (error instanceof CommanderError || (error instanceof HashformerError && error.code === 'argument')) {
    say(`error (argument): ${sentenceOf(error)}`);
    say(`see: hashformer ${name === undefined ? '' : `${name} `}--help`);
    return 2;
  }
  if (error instanceof HashformerError) say(`error (${error.code}): ${sentenceOf(error)}`);
  else say(`error (internal): ${(error as Error).stack ?? error}`);
  return 1;
}

/**
 * Runs a command line.
 *
 * @param words what follows the program's name
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, 128 + n ended by signal n
 */
export async function run(words: readonly string[]): Promise<number> {
  const interruption = watchSignals();
  const program = new Command('hashformer')
    .description('Transformers without a vocabulary: classify and embed texts, offline.')
    .helpOption('-h, --help', 'show this help')
    .option('-V, --version', 'show the version')
    .addHelpText('after', EXAMPLES)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  program.on('option:version', () => {
    const file = new URL('../../package.json', import.meta.url);
    process.stdout.write(`${JSON.parse(readFileSync(file, 'utf8')).version}\n`);
    throw new CommanderError(0, 'commander.version', '');
  });
  // Only what may be the command's name counts: it stands first, or after "help".
  const named = words.slice(0, 2).filter((word) => Object.hasOwn(COMMANDS, word));
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(summary).helpOption('-h, --help', 'show this help');
    if (named.includes(name)) (await load()).define(command, { signal: interruption.signal, words });
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (interruption.exitCode() === 0) return report(error, named[0]);
  }
  return interruption.exitCode();
}
