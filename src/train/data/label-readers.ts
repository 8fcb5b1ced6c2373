import { HashformerError } from '../../errors.ts';
import type { Text } from '../../tokenizer/text.ts';
import { LabelIndex } from './label-index.ts';
import type { Task } from './task.ts';
import { labelsOfWords, listOf, nameOfLabel, type Place, scoreOf, wrongValue } from './values.ts';

/** An example whose classes are still numbered as they were met. */
export interface Draft {
  readonly text: Text;
  label: number | number[];
}

/** What a task makes of the label column. */
export interface LabelReader {
  /** @returns undefined where the row has no label */
  read(value: unknown, text: Text, place: Place): number | number[] | undefined;
  /** Numbers the classes of all examples in their final order. */
  finish(examples: readonly Draft[]): Found;
}

export interface Found {
  readonly labels: string[];
  /** Examples with each label; of words, words. */
  readonly counts: number[];
  readonly notes: string[];
}

class ClassReader implements LabelReader {
  readonly #index: LabelIndex;

  constructor(known: readonly string[] | undefined) {
    this.#index = new LabelIndex(known);
  }

  read(value: unknown, _: Text, place: Place): number | undefined {
    const name = nameOfLabel(value, place);
    if (name === undefined) return undefined;
    const id = this.#index.id(name, place);
    this.#index.count(id);
    return id;
  }

  finish(examples: readonly Draft[]): Found {
    const { labels, counts, moved } = this.#index.finish();
    for (const example of examples) example.label = moved[example.label as number]!;
    return { labels, counts, notes: [] };
  }
}

class ScoreReader implements LabelReader {
  read(value: unknown, _: Text, place: Place): number | undefined {
    return scoreOf(value, place);
  }

  finish(): Found {
    return { labels: [], counts: [], notes: [] };
  }
}

/** What may stand between labels, best first. */
const SEPARATORS = ['|', ';', ','];

class SeveralReader implements LabelReader {
  readonly #index: LabelIndex;
  /** One array for all examples with the same labels: first their ids, then the multi-hot row. */
  readonly #rows = new Map<string, number[]>();
  #separator: string | undefined;

  constructor(known: readonly string[] | undefined) {
    this.#index = new LabelIndex(known);
  }

  /** The first row with several labels shows what separates them. */
  #split(text: string): string[] {
    this.#separator ??= SEPARATORS.find((separator) => text.includes(separator));
    return this.#separator === undefined ? [text] : text.split(this.#separator);
  }

  read(value: unknown, _: Text, place: Place): number[] | undefined {
    const list = listOf(value);
    const text = list === undefined ? nameOfLabel(value, place) : undefined;
    if (list === undefined && text === undefined) return undefined;
    if (text?.startsWith('[')) throw wrongValue(place, 'a JSON list of labels', text);
    const items = list ?? this.#split(text!);
    const names = items.map((item) => nameOfLabel(item, place)).filter((name) => name !== undefined);
    const ids = [...new Set(names)].map((name) => this.#index.id(name, place)).sort((a, b) => a - b);
    for (const id of ids) this.#index.count(id);
    const key = ids.join();
    const row = this.#rows.get(key) ?? ids;
    this.#rows.set(key, row);
    return row;
  }

  finish(): Found {
    const { labels, counts, moved } = this.#index.finish();
    for (const row of this.#rows.values()) {
      const positions = new Set(row.map((id) => moved[id]!));
      row.splice(0, row.length, ...labels.map((_, i) => (positions.has(i) ? 1 : 0)));
    }
    const separator = this.#separator;
    const notes = separator === undefined ? [] : [`Labels are separated by ${JSON.stringify(separator)}.`];
    return { labels, counts, notes };
  }
}

class WordReader implements LabelReader {
  readonly #index: LabelIndex;

  constructor(known: readonly string[] | undefined) {
    this.#index = new LabelIndex(known);
  }

  read(value: unknown, text: Text, place: Place): number[] | undefined {
    const names = labelsOfWords(value, place);
    if (names.length === 0) return undefined;
    const words = (text as string).split(' ').length;
    if (names.length !== words) {
      throw new HashformerError(
        place.code,
        `${place.words()}: expected a label for each of the ${words} words, got ${names.length}; words and labels have a ` +
          'space between them, or are JSON lists.',
      );
    }
    return names.map((name) => {
      if (name === '') throw wrongValue(place, 'a label for each word', name);
      const id = this.#index.id(name, place);
      this.#index.count(id);
      return id;
    });
  }

  finish(examples: readonly Draft[]): Found {
    const { labels, counts, moved } = this.#index.finish();
    for (const { label } of examples) {
      const ids = label as number[];
      for (let i = 0; i < ids.length; i++) ids[i] = moved[ids[i]!]!;
    }
    return { labels, counts, notes: [] };
  }
}

/** The reader of a task's label column. */
export function createLabelReader(task: Task, known: readonly string[] | undefined): LabelReader {
  switch (task) {
    case 'text-classification':
      return new ClassReader(known);
    case 'regression':
      return new ScoreReader();
    case 'multi-label-classification':
      return new SeveralReader(known);
    case 'token-classification':
      return new WordReader(known);
  }
}
