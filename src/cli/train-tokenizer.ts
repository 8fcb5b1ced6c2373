import { fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { throwIfAborted } from '../abort.ts';
import { HashformerError } from '../errors.ts';
import { corpusFiles } from '../train/corpus/corpus-files.ts';
import type { Answer, Task } from './tokenizer-process.ts';

/** BERT's special tokens, which get the first ids. */
const SPECIALS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
/** Pieces that the library finds unless its trainer is told otherwise, which its JavaScript cannot tell it. */
const MOST_PIECES = 30_000;
export const MOST_VOCABULARY = MOST_PIECES + SPECIALS.length;

/** What the library writes of a tokenizer of pieces. */
interface TrainedTokenizer {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
}

/** Has tokenizer-process.ts train on files; what Ctrl-C ends is that process. */
async function inProcess(task: Task, signal: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  const child = fork(new URL('./tokenizer-process.js', import.meta.url), [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const end = () => child.kill();
  signal.addEventListener('abort', end);
  const answer = await new Promise<Answer>((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
    child.once('exit', (code, killer) =>
      resolve({ code: 'ended', message: `it ended by ${killer ?? code}` }),
    );
    child.send(task);
  }).finally(() => signal.removeEventListener('abort', end));
  throwIfAborted(signal);
  if (answer === null) return;
  const { code, message } = answer;
  if (code === 'dependency') throw new HashformerError(code, message);
  throw new HashformerError('source', `No tokenizer could be trained on the corpus: ${message}.`);
}

/** The pieces in the order in which they were found: characters, then one for each pair that was joined. */
async function findPieces(
  files: readonly string[],
  signal: AbortSignal,
): Promise<{ file: TrainedTokenizer; pieces: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'hashformer-'));
  try {
    const target = join(folder, 'tokenizer.json');
    await inProcess({ files, target }, signal);
    const file = JSON.parse(await readFile(target, 'utf8')) as TrainedTokenizer;
    const pieces = Object.entries(file.model.vocab).sort(([, a], [, b]) => a - b);
    return { file, pieces: pieces.map(([piece]) => piece) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Trains a WordPiece tokenizer as BERT's: lower-cased, without accents, `[CLS] A [SEP] B [SEP]`. Pieces are found by
 * joining the commonest pair again and again (BPE, Sennrich et al. 2016), so that the first of them are those of every
 * smaller vocabulary.
 *
 * @param corpus a text file, a folder, or a pattern; UTF-8, not compressed
 * @param size most pieces, special ones included, up to MOST_VOCABULARY
 * @returns a tokenizer.json, parsed
 * @throws HashformerError `dependency`: without the package tokenizers; `source`; `argument`: more characters than pieces;
 *   `aborted`
 */
export async function trainTokenizer(
  corpus: string,
  size: number,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const files = await corpusFiles([corpus]);
  const packed = files.find((file) => /\.(gz|xz)$/i.test(file));
  if (packed !== undefined) {
    throw new HashformerError('source', `A tokenizer is trained on plain text; unpack ${packed} first.`);
  }
  const { file, pieces } = await findPieces(files, signal);
  if (pieces.length === 0)
    throw new HashformerError('source', `${corpus} holds no text to train a tokenizer on.`);
  const characters = pieces.filter((piece) => [...piece.replace(/^##(?=.)/su, '')].length === 1).length;
  const least = characters + SPECIALS.length;
  if (size < least) {
    throw new HashformerError(
      'argument',
      `The corpus has ${characters} characters, alone and within words, so that the vocabulary needs ${least} pieces ` +
        `or more, not ${size}; give a larger --vocab-size.`,
    );
  }
  const kept = [...SPECIALS, ...pieces.filter((piece) => !SPECIALS.includes(piece))].slice(0, size);
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const idOf = (token: string) => SPECIALS.indexOf(token);
  return {
    ...file,
    added_tokens: SPECIALS.map((content, id) => ({ id, content, ...flags })),
    post_processor: {
      type: 'BertProcessing',
      sep: ['[SEP]', idOf('[SEP]')],
      cls: ['[CLS]', idOf('[CLS]')],
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: { ...file.model, vocab: Object.fromEntries(kept.map((piece, id) => [piece, id])) },
  };
}
