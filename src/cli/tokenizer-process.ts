// A process of its own for what trains a tokenizer: the library writes to stdout as it likes, and does not return before
// it is done, so that Ctrl-C could not be answered.

import { optional } from '../optional.ts';

/** What the process is told: plain text files, and where the tokenizer.json goes. */
export interface Task {
  readonly files: readonly string[];
  readonly target: string;
}

/** What it answers: null, or what went wrong; `code` is `dependency` where the library is missing. */
export type Answer = null | { readonly code: string; readonly message: string };

async function train({ files, target }: Task): Promise<void> {
  const { Tokenizer, WordPiece, bertNormalizer, bertPreTokenizer } = await optional(
    'tokenizers',
    'Training a tokenizer',
    () => import('tokenizers'),
  );
  const tokenizer = new Tokenizer(WordPiece.empty());
  tokenizer.setNormalizer(bertNormalizer({ lowercase: true }));
  tokenizer.setPreTokenizer(bertPreTokenizer());
  tokenizer.train([...files]);
  tokenizer.save(target);
}

process.once('message', async (task: Task) => {
  const failed = ({ code, message }: { code: string; message: string }) => ({ code, message });
  const answer: Answer = await train(task).then(() => null, failed);
  process.send!(answer, () => process.disconnect());
});
