// What the page and its worker say to each other.

import type { Hash } from '../src/architecture/hashes.ts';
import type { Variant } from '../src/architecture/variants.ts';
import type { ShippedModel } from '../src/runtime/runtime.ts';

/** The files of a model's folder, by their names. */
export interface Folder {
  readonly folder: string;
  readonly files: ReadonlyMap<string, Blob>;
}

/** A model to load. */
export type ModelSource = ShippedModel | Folder;

/** What a model does with texts: label one, or compare several. */
export type Task = 'classification' | 'similarity';

/** What the page says of a loaded model. */
export interface ModelFacts {
  readonly name: string;
  readonly task: Task;
  readonly variant: Variant;
  readonly hash: Hash;
  readonly layers: number;
  readonly heads: number;
  readonly hiddenSize: number;
  /** Rows of the table that tokens are looked up in, where there is one. */
  readonly rows: number | null;
  readonly parameters: number;
  readonly maxLength: number;
  readonly memoryBytes: number;
  readonly tier: string;
}

/** A token of the text that is looked at; `cut` ones are beyond what the model reads. */
export interface Token {
  readonly text: string;
  /** Start and end in UTF-16 units of the whole text typed; null where a vocabulary's pieces have none. */
  readonly span: readonly [number, number] | null;
  /** Rows or number that the model embeds; none for what is cut. */
  readonly ids: readonly (number | string)[];
  readonly cut: boolean;
  /** Of a model with a token head, the likeliest label. */
  readonly label: string | null;
}

export type Result =
  | {
      readonly kind: 'scores';
      readonly scores: readonly { label: string; score: number }[];
      readonly probabilities: boolean;
    }
  | {
      readonly kind: 'similarity';
      readonly sentences: readonly string[];
      /** [sentences, sentences] */
      readonly cosines: readonly (readonly number[])[];
      /** Sentences typed that were left out. */
      readonly more: number;
    };

/** The hashes that the page shows; what a model itself uses may be another. */
export const SHOWN_HASHES = ['simhash', 'md5'] as const;
export type ShownHash = (typeof SHOWN_HASHES)[number];

/** What a model makes of the text typed. */
export interface Reading {
  /** The part of it whose tokens are shown: the line with the cursor, or all. */
  readonly start: number;
  readonly end: number;
  readonly tokens: readonly Token[];
  /** Whether there are more tokens than `tokens` has. */
  readonly more: boolean;
  /** 16 bytes a token. */
  readonly codes: Readonly<Record<ShownHash, Uint8Array>>;
  readonly result: Result;
  /** From text to result: tokenising, hashing, the model. */
  readonly milliseconds: number;
  /** Rows of the model's input, special tokens included. */
  readonly rows: number;
}

/** A string near a token, or made of it. */
export interface Spelling {
  readonly word: string;
  readonly from: 'text' | 'list' | 'misspelling';
  /** Bits that differ, of 128. */
  readonly distance: number;
  readonly code: Uint8Array;
}

/** How far spellings are from a token, under one hash. */
export interface Distances {
  /** How many of the word list have each distance, 0 to 128. */
  readonly list: readonly number[];
  readonly misspellings: readonly number[];
}

export interface Spellings {
  readonly token: string;
  readonly code: Uint8Array;
  readonly bucket: number;
  readonly words: readonly Spelling[];
  readonly misspellings: readonly Spelling[];
  readonly distances: Readonly<Record<ShownHash, Distances>>;
  readonly listed: number;
}

export interface Attention {
  /** Rows of the model's input, special tokens included. */
  readonly labels: readonly string[];
  /** Rows that stand before the first token. */
  readonly first: number;
  readonly layers: number;
  readonly heads: number;
  /** [layers, heads, rows, rows]: how much the row attends to each. */
  readonly weights: Float32Array;
  /** How far the result of this computation is from the wasm module's, at most. */
  readonly difference: number;
  readonly milliseconds: number;
}

/** Why attention was not computed. */
export interface Refusal {
  readonly rows: number;
  /** About how long it would take; null where it has too many rows to be shown. */
  readonly seconds: number | null;
}

/** The calls that the worker answers. */
export interface Calls {
  load(source: ModelSource): Promise<ModelFacts>;
  read(text: string, cursor: number): Promise<Reading>;
  /** Tokens a second over as many calls as fit in a moment, and how many that were. */
  measure(text: string): Promise<{ tokensPerSecond: number; calls: number }>;
  spellings(token: string, typed: readonly string[], hash: ShownHash): Promise<Spellings>;
  /** @param patient compute whatever it takes */
  attention(text: string, patient: boolean): Promise<Attention | Refusal>;
}

export interface Request {
  readonly id: number;
  readonly call: keyof Calls;
  readonly args: readonly unknown[];
}

export type Reply = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });
