import { type Command, Option } from 'commander';
import { REFERENCE_BUCKETS, REFERENCE_KEY } from '../architecture/config.ts';
import { HASHES } from '../architecture/hashes.ts';
import { type HashTokenOptions, hashTokens } from '../hash-token.ts';
import { type AnswerOptions, answer, type Task } from './answer.ts';
import {
  addInputOptions,
  addOutputOptions,
  needsTokenizer,
  OUTPUT_HELP,
  wholeNumber,
} from './common-options.ts';
import type { Context } from './context.ts';

type Options = AnswerOptions & HashTokenOptions;

const HEX_DIGITS = 32;

const HELP = `
Tokens come as texts do elsewhere: from the arguments, from files (.txt with one
token a line, .jsonl, .csv, .tsv, .parquet), or from stdin, one a line. They are
hashed as they are: neither lower-cased nor split.
${OUTPUT_HELP}

Every row is { token, bits, bucket }: 128 bits as 32 hex digits, most
significant first; their number modulo the number of buckets, plus 5, since ids
0 to 4 belong to special tokens.

Examples:
  $ hashformer hash witty movie
  $ tr -s '[:space:]' '\\n' < novel.txt | sort -u | hashformer hash --csv
  $ hashformer hash --hash simhash colour color --json
  $ hashformer hash --hash lsh --tokenizer ./roberta/tokenizer.json movie`;

async function createTask({ hash, key, buckets, tokenizer }: Options): Promise<Task> {
  if (hash === 'lsh' && tokenizer === undefined) throw needsTokenizer();
  const options: HashTokenOptions = {
    ...(hash === undefined ? {} : { hash }),
    ...(key === undefined ? {} : { key }),
    ...(buckets === undefined ? {} : { buckets }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
  };
  // A wrong option is found before the first token, and so before a file is made.
  await hashTokens([], options);
  return {
    columns: [
      { name: 'token', type: 'text' },
      { name: 'bits', type: 'text', width: HEX_DIGITS },
      { name: 'bucket', type: 'integer', width: 10 },
    ],
    compute: async (texts) => {
      const tokens = texts as readonly string[];
      const { codes, buckets } = await hashTokens(tokens, options);
      const hex = Buffer.from(codes.buffer, codes.byteOffset, codes.byteLength).toString('hex');
      return tokens.map((token, i) => [token, hex.slice(i * HEX_DIGITS, (i + 1) * HEX_DIGITS), buckets[i]!]);
    },
  };
}

export function define(command: Command, context: Context): void {
  command.argument('[tokens-or-files...]', 'tokens, files of tokens, or "-" for stdin');
  addOutputOptions(addInputOptions(command))
    .addOption(new Option('--hash <name>', 'hash function (default: "md5")').choices(HASHES))
    .option('--key <text>', `key of HMAC-MD5, seed of SimHash (default: "${REFERENCE_KEY}")`)
    .option('--buckets <n>', `number of buckets (default: ${REFERENCE_BUCKETS})`, wholeNumber(1, 2 ** 31 - 6))
    .option('--tokenizer <path>', 'tokenizer.json whose pieces the hash lsh counts')
    .addHelpText('after', HELP)
    .action((operands: string[], options: Options) =>
      answer(operands, options, context, () => createTask(options)),
    );
}
