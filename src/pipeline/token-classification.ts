import { ORDINARY } from '../../assembly/abi.ts';
import { HashformerError } from '../errors.ts';
import type { RunOptions } from '../model/call-options.ts';
import type { HashFormer } from '../model/hashformer.ts';
import type { NoOptions, Only } from '../option-types.ts';
import { show } from '../show.ts';
import type { Sequence } from '../tokenizer/tokenizer.ts';
import { checkTaskOptions, RUN_OPTIONS, type TaskOptions } from './options.ts';

/** What a token is, as transformers.js has it. */
export interface TokenClassification {
  /** Its best label. */
  entity: string;
  /** Probability of that, 0 to 1. */
  score: number;
  /** Which token it is of those that the model reads; the special one before the text is 0. */
  index: number;
  /** The token as the model reads it: a word in lower case, or a piece of a vocabulary. */
  word: string;
  /** UTF-16 offset of its first code unit in the text, and that after its last one; not with a vocabulary. */
  start?: number;
  end?: number;
}

export interface TokenClassifyOptions extends RunOptions {
  /** Labels whose tokens are left out. Default `['O']`. */
  ignore_labels?: readonly string[];
}

/** The call shapes of transformers.js; every token has an answer of its own, those of a word are not joined. */
export interface TokenClassificationPipeline {
  /**
   * Labels of the tokens that the model reads, those of special tokens and of `ignore_labels` left out: of one text a
   * list, of several a list each.
   *
   * @throws HashformerError `argument`, `numeric`, `memory`, `aborted`, `disposed`
   */
  <
    Input extends string | readonly string[],
    const Options extends Only<Options, TokenClassifyOptions> = NoOptions,
  >(
    texts: Input,
    options?: Options,
  ): Promise<Input extends string ? TokenClassification[] : TokenClassification[][]>;
  readonly model: HashFormer;
  dispose(): void;
}

type Token = Pick<TokenClassification, 'index' | 'word' | 'start' | 'end'>;

/** The tokens of a text, special ones left out. */
function tokensOf({ ids, pieces, leading = 0, tokens, starts, ends }: Sequence): Token[] {
  if (pieces !== undefined) return pieces.map((word, i) => ({ index: leading + i, word }));
  const found: Token[] = [];
  for (const [index, id] of ids.entries()) {
    if (id !== ORDINARY) continue;
    const i = found.length;
    found.push({ index, word: tokens[i]!, start: starts[i]!, end: ends[i]! });
  }
  return found;
}

function checkSingle(text: unknown, what: string): string {
  if (typeof text === 'string') return text;
  throw new HashformerError(
    'argument',
    `${what} must be a string (tokens of pairs are not labelled), but is ${show(text)}.`,
  );
}

function argmax(numbers: Float32Array): number {
  let best = 0;
  for (let i = 1; i < numbers.length; i++) if (numbers[i]! > numbers[best]!) best = i;
  return best;
}

/** @param known the options of the task */
export function tokenClassification(model: HashFormer, known: TaskOptions): TokenClassificationPipeline {
  const labels = model.config.token_labels;
  const classify = async (input: unknown, given?: unknown) => {
    const texts = Array.isArray(input)
      ? Array.from(input, (text, i) => checkSingle(text, `Text ${i}`))
      : [checkSingle(input, 'A text')];
    const checked = await checkTaskOptions<TokenClassifyOptions>(given, known, RUN_OPTIONS);
    const { ignore_labels = ['O'], ...options } = checked;
    const logits = await model.tokenLogits(texts, options);
    const { data } = await model.probabilities(logits, 'softmax');
    const results = texts.map((text, i) => {
      const answers: TokenClassification[] = [];
      for (const token of tokensOf(model.assemble(text))) {
        const row = (logits.offsets[i]! + token.index) * labels.length;
        const label = argmax(logits.data.subarray(row, row + labels.length));
        const entity = labels[label]!;
        const { index, ...rest } = token;
        if (!ignore_labels.includes(entity))
          answers.push({ entity, score: data[row + label]!, index, ...rest });
      }
      return answers;
    });
    return Array.isArray(input) ? results : results[0];
  };
  return Object.assign(classify, { model, dispose: () => model.dispose() }) as TokenClassificationPipeline;
}
