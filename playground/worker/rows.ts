import { ORDINARY } from '../../assembly/abi.ts';
import { type Sequence, SPECIAL } from '../../src/tokenizer/assemble.ts';
import type { Loaded } from './model.ts';

/** Names of the reference's special tokens, by id. */
const NAMES = Object.keys(SPECIAL).map((name) => ({ bos: '<s>', eos: '</s>' })[name] ?? `<${name}>`);

/** Names of a vocabulary's special tokens, by id. */
function addedTokens(tokenizer: unknown): Map<number, string> {
  const { added_tokens = [] } = tokenizer as { added_tokens?: { id: number; content: string }[] };
  return new Map(added_tokens.map(({ id, content }) => [id, content]));
}

/** How many special tokens stand before a text's first piece: what an empty text has around it tells. */
function leading(ids: Int32Array, around: Int32Array): number {
  const inner = ids.length - around.length;
  for (let first = 0; first < around.length; first++) {
    if (around.every((id, i) => id === ids[i < first ? i : i + inner])) return first;
  }
  return around.length;
}

/** What each row of a model's input stands for, and the row of the first token. */
export function rowsOf({ model, created }: Loaded, sequence: Sequence): { labels: string[]; first: number } {
  const { ids, tokens, pieces } = sequence;
  if (pieces === undefined) {
    let next = 0;
    const labels = Array.from(ids, (id) => (id === ORDINARY ? tokens[next++]! : NAMES[id]!));
    return { labels, first: 1 };
  }
  const first = leading(ids, model.assemble('').ids);
  const added = addedTokens(created.tokenizer);
  const labels = Array.from(ids, (id, i) => pieces[i - first] ?? added.get(id) ?? `id ${id}`);
  return { labels, first };
}
