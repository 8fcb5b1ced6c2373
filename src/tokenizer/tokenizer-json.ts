// The parts of a tokenizer.json that are ours to follow: special tokens around texts, truncation, ids.

import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';
import { bertTemplate, type Item, robertaTemplate, type Template, type Truncation } from './template.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the library cuts words with. */
const MODELS: readonly unknown[] = ['WordPiece', 'BPE', 'Unigram'];
/** What config.json may name. */
const MOST_ROWS = 2 ** 31 - 1;

function unusable(problem: string): HashformerError {
  return new HashformerError('tokenizer', `tokenizer.json cannot be used: ${problem}.`);
}

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw unusable(`${name} must be an object, but is ${show(value)}`);
}

function listOf(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw unusable(`${name} must be a list, but is ${show(value)}`);
}

/** The ids of all pieces, each checked to have a row. */
function idsOf({ model, added_tokens = [] }: Fields, rows: number): Map<string, number> {
  const { type, vocab } = fieldsOf(model, '"model"');
  if (type !== undefined && !MODELS.includes(type)) {
    throw unusable(`"model.type" must be one of ${MODELS.map(show).join(', ')}, but is ${show(type)}`);
  }
  // Unigram lists its pieces with their scores, by id.
  const pieces: [unknown, unknown][] = Array.isArray(vocab)
    ? vocab.map((piece, id) => [Array.isArray(piece) ? piece[0] : undefined, id])
    : Object.entries(fieldsOf(vocab, '"model.vocab"'));
  for (const added of listOf(added_tokens, '"added_tokens"')) {
    const { content, id } = fieldsOf(added, 'an added token');
    pieces.push([content, id]);
  }
  for (const [piece, id] of pieces) {
    if (typeof piece !== 'string') throw unusable(`a piece must be a string, but is ${show(piece)}`);
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= rows) {
      throw unusable(
        `the piece ${show(piece)} has the id ${show(id)}, but the model has the rows 0 to ${rows - 1} ("vocab_size")`,
      );
    }
  }
  return new Map(pieces as [string, number][]);
}

function itemsOf(list: unknown, name: string, specials: Fields, rows: number): Item[] {
  const items = listOf(list, name).flatMap((entry): Item[] => {
    const { SpecialToken, Sequence } = fieldsOf(entry, `an entry of ${name}`);
    const { id, type_id } = fieldsOf(SpecialToken ?? Sequence, `an entry of ${name}`);
    if (!Number.isInteger(type_id) || (type_id as number) < 0) {
      throw unusable(`"type_id" in ${name} must be a whole number, but is ${show(type_id)}`);
    }
    const type = type_id as number;
    if (SpecialToken === undefined) {
      if (id !== 'A' && id !== 'B')
        throw unusable(`a text in ${name} must be "A" or "B", but is ${show(id)}`);
      return [{ text: id === 'A' ? 0 : 1, type }];
    }
    const { ids } = fieldsOf(specials[String(id)], `the special token ${show(id)}`);
    return listOf(ids, `the ids of ${show(id)}`).map((number) => {
      if (Number.isInteger(number) && (number as number) >= 0 && (number as number) < rows) {
        return { id: number as number, type };
      }
      throw unusable(
        `the special token ${show(id)} has the id ${show(number)}, which the model has no row for`,
      );
    });
  });
  // A sequence of no tokens has no hidden states.
  if (items.every((item) => 'text' in item)) throw unusable(`${name} must add special tokens to a text`);
  return items;
}

/** The id in `["</s>", 2]`. */
function pairId(value: unknown, name: string, rows: number): number {
  const [, id] = listOf(value, name);
  if (Number.isInteger(id) && (id as number) >= 0 && (id as number) < rows) return id as number;
  throw unusable(`${name} must be a token and its id, but is ${show(value)}`);
}

/** Null where a post-processor adds no special tokens. */
function templateOf(processor: unknown, rows: number): Template | null {
  const { type, ...settings } = fieldsOf(processor ?? {}, '"post_processor"');
  switch (type) {
    case undefined:
    case 'ByteLevel':
      return null;
    case 'Sequence':
      return listOf(settings.processors, '"post_processor.processors"')
        .map((part) => templateOf(part, rows))
        .reduce((found, part) => part ?? found, null);
    case 'BertProcessing':
    case 'RobertaProcessing': {
      const make = type === 'BertProcessing' ? bertTemplate : robertaTemplate;
      return make(
        pairId(settings.cls, '"post_processor.cls"', rows),
        pairId(settings.sep, '"post_processor.sep"', rows),
      );
    }
    case 'TemplateProcessing': {
      const specials = fieldsOf(settings.special_tokens, '"post_processor.special_tokens"');
      return {
        single: itemsOf(settings.single, '"post_processor.single"', specials, rows),
        pair: itemsOf(settings.pair, '"post_processor.pair"', specials, rows),
      };
    }
    default:
      throw unusable(`"post_processor.type" is ${show(type)}, which is not known`);
  }
}

/** A file without one is read as the model families' own tokenisers do. */
function defaultTemplate(ids: ReadonlyMap<string, number>): Template {
  const at = (token: string) => ids.get(token)!;
  if (ids.has('[CLS]') && ids.has('[SEP]')) return bertTemplate(at('[CLS]'), at('[SEP]'));
  if (ids.has('<s>') && ids.has('</s>')) return robertaTemplate(at('<s>'), at('</s>'));
  throw unusable(
    'it has no "post_processor" and neither [CLS] and [SEP] nor <s> and </s> to put around a text',
  );
}

function truncationOf(value: unknown): Truncation & { maxLength: number } {
  const {
    max_length = Number.POSITIVE_INFINITY,
    direction = 'Right',
    strategy = 'LongestFirst',
  } = fieldsOf(value ?? {}, '"truncation"');
  if (typeof max_length !== 'number' || !(max_length >= 1)) {
    throw unusable(`"truncation.max_length" must be a number from 1, but is ${show(max_length)}`);
  }
  if (direction !== 'Right' && direction !== 'Left') {
    throw unusable(`"truncation.direction" must be "Right" or "Left", but is ${show(direction)}`);
  }
  if (strategy !== 'LongestFirst' && strategy !== 'OnlyFirst' && strategy !== 'OnlySecond') {
    throw unusable(
      `"truncation.strategy" must be "LongestFirst", "OnlyFirst" or "OnlySecond", but is ${show(strategy)}`,
    );
  }
  return { maxLength: Math.floor(max_length), direction, strategy };
}

/**
 * Rows of a look-up table that has one for every piece of a parsed tokenizer.json.
 *
 * @throws HashformerError `tokenizer`
 */
export function vocabularySize(json: unknown): number {
  let size = 0;
  for (const id of idsOf(fieldsOf(json, 'the file'), MOST_ROWS).values()) size = Math.max(size, id + 1);
  return size;
}

/**
 * Checks a parsed tokenizer.json.
 *
 * @param rows of the model's look-up table
 * @throws HashformerError `tokenizer`
 */
export function readTokenizerJson(
  json: unknown,
  rows: number,
): { template: Template; truncation: Truncation & { maxLength: number }; mask: number | undefined } {
  const fields = fieldsOf(json, 'the file');
  const ids = idsOf(fields, rows);
  const template = templateOf(fields.post_processor, rows) ?? defaultTemplate(ids);
  const mask = ids.get('[MASK]') ?? ids.get('<mask>');
  return { template, truncation: truncationOf(fields.truncation), mask };
}
