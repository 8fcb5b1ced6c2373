import { type Command, InvalidArgumentError, Option } from 'commander';
import { BACKEND_NAMES, type BackendName } from '../backend/backends.ts';
import { INPUT_FORMATS, type InputFormat } from '../data/format.ts';
import { HashformerError } from '../errors.ts';
import { TIER_CHOICES, type TierChoice } from '../runtime/tier.ts';

export interface InputOptions {
  file?: string[];
  inputFormat?: InputFormat;
  textColumn?: string;
  pairColumn?: string;
  delimiter?: string;
  /** False after --no-header. */
  header: boolean;
  /** False after --no-quotes. */
  quotes: boolean;
}

export interface OutputOptions {
  output?: string;
  table?: boolean;
  json?: boolean;
  jsonl?: boolean;
  csv?: boolean;
  parquet?: boolean;
}

export interface ModelOptions {
  model?: string;
  backend?: BackendName;
  tier?: TierChoice;
  batchSize?: number;
}

/** What the help of commands that read texts says about them. */
export const INPUT_HELP = `
Texts come from the arguments; from files that end in .txt (one text a line),
.jsonl, .csv, .tsv or .parquet; or from stdin, one text a line. An argument that
is such a file is read; what follows "--" is always a text. Every text gets its
answer, empty lines too. Of columns, "text" is read, else "sentence", else the
only one that holds text. Files are streamed: they may be larger than memory.`;

export const OUTPUT_HELP = `
A terminal gets a table, a pipe one JSON object a line; --output goes by its
file's ending (.json, .jsonl, .csv, .parquet). The output file appears when all
is done; until then, and after Ctrl-C, the rows so far are in FILE.part.`;

/** Parses a whole number from `low`, for commander. */
export function wholeNumber(low: number, high = 2 ** 31 - 1) {
  return (value: string): number => {
    const number = Number(value);
    if (value.trim() !== '' && Number.isInteger(number) && number >= low && number <= high) return number;
    throw new InvalidArgumentError(
      `Expected a whole number from ${low}${high < 2 ** 31 - 1 ? ` to ${high}` : ''}.`,
    );
  };
}

/** Parses a number, for commander. */
export function decimal(valid: (x: number) => boolean, expected: string) {
  return (value: string): number => {
    const number = Number(value);
    if (value.trim() !== '' && Number.isFinite(number) && valid(number)) return number;
    throw new InvalidArgumentError(`Expected ${expected}.`);
  };
}

/** What `lsh` and `vocab` without a tokenizer.json fail with. */
export function needsTokenizer(what = 'The hash "lsh" counts BPE pieces'): HashformerError {
  return new HashformerError('argument', `${what}; name a tokenizer.json with --tokenizer.`);
}

export function addInputOptions(command: Command): Command {
  return command
    .option('-f, --file <path>', 'read texts from this file; may be repeated', (path, all: string[] = []) => [
      ...all,
      path,
    ])
    .addOption(
      new Option('--input-format <format>', 'of stdin and of files, whatever their ending').choices(
        INPUT_FORMATS,
      ),
    )
    .option('--text-column <name>', 'column that holds the texts')
    .option('--delimiter <character>', 'between the columns of a CSV file (default: ",", of .tsv a tab)')
    .option('--no-header', 'the CSV file has none: its columns are called 1, 2, …')
    .option('--no-quotes', 'quotes in the CSV file are characters like others');
}

export function addPairOptions(command: Command): Command {
  return command
    .option('--pair-column <name>', 'column that holds the second texts of pairs')
    .option('--pair <text>', 'the second text of pairs, to the texts given as arguments');
}

export function addOutputOptions(command: Command): Command {
  const formats = {
    table: 'an aligned table',
    json: 'one JSON array',
    jsonl: 'one JSON object a line',
    csv: 'CSV with a header',
    parquet: 'a Parquet file',
  };
  command.option('-o, --output <file>', 'write to this file instead of stdout');
  for (const [name, description] of Object.entries(formats)) {
    const others = Object.keys(formats).filter((other) => other !== name);
    command.addOption(new Option(`--${name}`, `print ${description}`).conflicts(others));
  }
  return command;
}

export function addModelOptions(command: Command): Command {
  return addEngineOptions(
    command.option(
      '-m, --model <source>',
      'folder or address of a model, or "sentiment" or "sentence", which are built in',
    ),
  );
}

/** What computes models, whichever they are. */
export function addEngineOptions(command: Command): Command {
  return command
    .addOption(new Option('--backend <name>', 'what computes').choices(BACKEND_NAMES))
    .addOption(new Option('--tier <name>', 'build of the WebAssembly module').choices(TIER_CHOICES));
}

export function addBatchOption(command: Command): Command {
  return command.option('--batch-size <n>', 'most texts computed at once; changes no result', wholeNumber(1));
}
