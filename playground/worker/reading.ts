import { hashTokens } from '../../src/hash-token.ts';
import { textClassification } from '../../src/pipeline/text-classification.ts';
import { split } from '../../src/tokenizer/split.ts';
import type { Reading, Result, ShownHash, Token } from '../protocol.ts';
import type { Loaded } from './model.ts';
import { rowsOf } from './rows.ts';

/** Sentences that are compared with each other at most. */
const MOST_SENTENCES = 12;
/** Tokens beyond the longest sequence that are shown as cut. */
const MOST_CUT = 60;
/** Milliseconds that the speed is measured over. */
const MEASURED = 40;

/** The line of a text that a cursor is in. */
function lineAt(text: string, cursor: number): { start: number; end: number } {
  const start = text.lastIndexOf('\n', cursor - 1) + 1;
  const end = text.indexOf('\n', start);
  return { start, end: end < 0 ? text.length : end };
}

function sentencesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

function cosine(a: Float32Array, b: Float32Array): number {
  const product = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return product(a, b) / Math.max(Math.sqrt(product(a, a) * product(b, b)), 1e-12);
}

async function compare({ model }: Loaded, text: string): Promise<Result> {
  const all = sentencesOf(text);
  const sentences = all.slice(0, MOST_SENTENCES);
  const { data, shape } = await model.sentences(sentences);
  const vectors = sentences.map((_, i) => data.subarray(i * shape[1]!, (i + 1) * shape[1]!));
  return {
    kind: 'similarity',
    sentences,
    cosines: vectors.map((a) => vectors.map((b) => cosine(a, b))),
    more: all.length - sentences.length,
  };
}

async function classify({ model }: Loaded, text: string): Promise<Result> {
  const scores = await textClassification(model)(text, { top_k: null });
  return { kind: 'scores', scores, probabilities: model.config.problem_type !== 'regression' };
}

/** The model's answer to all that is typed. */
export function answer(loaded: Loaded, text: string): Promise<Result> {
  return loaded.task === 'classification' ? classify(loaded, text) : compare(loaded, text);
}

/** Texts that answer() gives the model. */
function textsOf({ task }: Loaded, text: string): string[] {
  return task === 'classification' ? [text] : sentencesOf(text).slice(0, MOST_SENTENCES);
}

function countRows(loaded: Loaded, text: string): number {
  return textsOf(loaded, text).reduce((sum, one) => sum + loaded.model.assemble(one).ids.length, 0);
}

/** The likeliest label of each row, of models with a token head. */
async function tokenLabels({ model, created }: Loaded, text: string): Promise<string[]> {
  if (!created.weights.heads.has('token')) return [];
  const { data, shape } = await model.tokenLogits([text]);
  const width = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, row) => {
    const logits = Array.from(data.subarray(row * width, (row + 1) * width));
    return model.config.token_labels[logits.indexOf(Math.max(...logits))]!;
  });
}

/** Tokens that the model reads of a line which begins at `start` in the text typed, and those it cuts off. */
async function tokensOf(
  loaded: Loaded,
  line: string,
  start: number,
): Promise<{ tokens: Token[]; more: boolean }> {
  const { model } = loaded;
  const { tokens, offsets, ids, truncated } = await model.tokenize(line);
  const { first } = rowsOf(loaded, model.assemble(line));
  const labels = await tokenLabels(loaded, line);
  const read = tokens.map((text, i): Token => {
    const id = ids[first + i]!;
    const span = offsets[i];
    return {
      text,
      span: span === undefined ? null : [span[0] + start, span[1] + start],
      ids: Array.isArray(id) ? id : [id],
      cut: false,
      label: labels[first + i] ?? null,
    };
  });
  if (!truncated || offsets.length < tokens.length) return { tokens: read, more: truncated };
  const all = split(line, model.config.tokenizer, tokens.length + MOST_CUT);
  const cut = all.tokens.slice(tokens.length, tokens.length + MOST_CUT).map((text, i): Token => {
    const at = tokens.length + i;
    return { text, span: [all.starts[at]! + start, all.ends[at]! + start], ids: [], cut: true, label: null };
  });
  return { tokens: [...read, ...cut], more: all.tokens.length > tokens.length + cut.length };
}

/** Everything about a text that is ready while it is typed. */
export async function read(loaded: Loaded, text: string, cursor: number): Promise<Reading> {
  const began = performance.now();
  const result = await answer(loaded, text);
  const milliseconds = performance.now() - began;
  const { start, end } =
    loaded.task === 'classification' ? { start: 0, end: text.length } : lineAt(text, cursor);
  const { tokens, more } = await tokensOf(loaded, text.slice(start, end), start);
  const words = tokens.map((token) => token.text);
  const codesOf = async (hash: ShownHash) => (await hashTokens(words, { hash })).codes;
  return {
    start,
    end,
    tokens,
    more,
    codes: { simhash: await codesOf('simhash'), md5: await codesOf('md5') },
    result,
    milliseconds,
    rows: countRows(loaded, text),
  };
}

/** Tokens a second over as many calls as fit in a moment. */
export async function measure(
  loaded: Loaded,
  text: string,
): Promise<{ tokensPerSecond: number; calls: number }> {
  const rows = countRows(loaded, text);
  const began = performance.now();
  let calls = 0;
  let passed = 0;
  do {
    await answer(loaded, text);
    calls++;
    passed = performance.now() - began;
  } while (passed < MEASURED);
  return { tokensPerSecond: (calls * rows * 1000) / passed, calls };
}
