// From packed sequences to batches that a model learns from: all randomness of it follows from the seed and where a
// sequence begins, so that a resumed run corrupts alike, and each epoch anew.

import { ORDINARY } from '../../../assembly/abi.ts';
import { toBatch } from '../../model/batches.ts';
import type { TokenReader } from '../corpus/token-reader.ts';
import { microBatches, splitOverWorkers } from '../data/batching.ts';
import type { Learner } from '../engine/learner.ts';
import type { MicroBatch, Replacement } from '../engine/micro-batch.ts';
import { MICRO_TOKENS } from '../labelled.ts';
import { Random } from '../numeric/random.ts';
import { type Corrupted, type Lesson, MASKED, type Objective, RANDOM, type Token } from './objective.ts';
import { type RandomToken, randomToken } from './random-token.ts';
import { Signatures } from './signatures.ts';

/** A sequence and what became of its tokens. */
interface Changed {
  readonly tokens: readonly Token[];
  readonly places: Int32Array;
  /** What stands in the places that are RANDOM, in their order. */
  readonly random: readonly RandomToken[];
  readonly length: number;
}

/** A sequence to be corrupted, and what tells it from all others. */
export interface Fresh {
  readonly tokens: readonly Token[];
  readonly name: string;
}

/** Corrupts sequences by an objective. */
export class Corruption {
  readonly #objective: Objective;
  readonly #learner: Learner;
  readonly #reader: TokenReader;
  readonly #random: Random;
  readonly #signatures: Signatures;
  /** Special tokens of a sequence. */
  readonly #specials: number;

  constructor(objective: Objective, learner: Learner, reader: TokenReader, seed: number) {
    this.#objective = objective;
    this.#learner = learner;
    this.#reader = reader;
    this.#random = new Random(seed).fork('corruption');
    this.#signatures = new Signatures(learner);
    this.#specials = reader.frame([]).ids.length;
  }

  /**
   * The batches of one step.
   *
   * @returns those of each worker, whose losses add up to the mean over the tokens that count; and all tokens
   */
  async corrupt(sequences: readonly Fresh[], workers: number) {
    const changed = sequences.map((sequence) => this.#change(sequence));
    await this.#signatures.add(hiddenOf(changed));
    const totals = new Map(
      this.#objective.lessons.map((lesson) => [
        lesson,
        changed.reduce((sum, { places }) => sum + lesson.count(places), 0),
      ]),
    );
    const lengths = changed.map(({ length }) => length);
    const all = changed.map((_, i) => i);
    const shares = splitOverWorkers(all, lengths, workers).map((share) =>
      microBatches(share, lengths, MICRO_TOKENS)
        .map((indices) =>
          this.#batch(
            indices.map((i) => changed[i]!),
            totals,
          ),
        )
        // Where nothing was hidden there is nothing to learn.
        .filter(({ goals }) => goals.length > 0),
    );
    return { shares, tokens: lengths.reduce((sum, length) => sum + length, 0) };
  }

  #change({ tokens, name }: Fresh): Changed {
    const random = this.#random.fork(name);
    const places = this.#objective.corrupt(tokens.length, random);
    const replaced = places.filter((place) => place === RANDOM);
    return {
      tokens,
      places,
      random: Array.from(replaced, () => randomToken(this.#learner.config, random)),
      length: tokens.length + this.#specials,
    };
  }

  #batch(changed: readonly Changed[], totals: ReadonlyMap<Lesson, number>): MicroBatch {
    const replacements: Replacement[] = [];
    const sequences: Corrupted[] = [];
    let rows = 0;
    let ordinary = 0;
    const framed = changed.map(({ tokens, places, random }) => {
      const kept: string[] = [];
      let drawn = 0;
      const ids = Array.from(places, (place, i) => {
        if (place === MASKED) return this.#reader.mask;
        const { text, id } = tokens[place === RANDOM ? i : place]!;
        const instead = place === RANDOM ? random[drawn++]! : undefined;
        if (instead !== undefined && 'id' in instead) return instead.id;
        if (instead !== undefined) replacements.push({ index: ordinary + kept.length, ...instead });
        if (id === ORDINARY) kept.push(text);
        return id;
      });
      ordinary += kept.length;
      const { first, ...frame } = this.#reader.frame(ids);
      sequences.push({ tokens, places, row: rows + first });
      rows += frame.ids.length;
      return { ...frame, tokens: kept };
    });
    const batch = {
      sequences,
      rows,
      config: this.#learner.config,
      signature: (text: string) => this.#signatures.get(text),
    };
    const goals = [...totals].flatMap(([lesson, total]) => {
      const some = sequences.some(({ places }) => lesson.count(places) > 0);
      return some ? [lesson.goal(batch, 1 / total)] : [];
    });
    return { batch: toBatch(framed), goals, replacements };
  }
}

function* hiddenOf(changed: readonly Changed[]): Generator<string> {
  for (const { tokens, places } of changed) {
    for (const [i, place] of places.entries()) if (place === MASKED) yield tokens[i]!.text;
  }
}
