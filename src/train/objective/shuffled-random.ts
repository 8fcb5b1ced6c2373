// The paper's objective: which tokens were shuffled, which are random, which are as they were?

import { IGNORED_LABEL } from '../../../assembly/abi.ts';
import type { HashFormerConfig } from '../../architecture/config.ts';
import type { Goal } from '../engine/micro-batch.ts';
import { type CorruptedBatch, corrupt, type Lesson, MASKED, type Objective, RANDOM } from './objective.ts';

/** Names of the token head's labels, in the reference's order; a model that has them in another order keeps it. */
export const PLACE_LABELS = ['unchanged', 'shuffled', 'random'] as const;

function labelOf(place: number, at: number): (typeof PLACE_LABELS)[number] {
  if (place === RANDOM) return 'random';
  return place === at ? 'unchanged' : 'shuffled';
}

function goal({ sequences, rows, config }: CorruptedBatch, scale: number): Goal {
  const targets = new Int32Array(rows).fill(IGNORED_LABEL);
  for (const { places, row } of sequences) {
    for (const [i, place] of places.entries()) {
      if (place !== MASKED) targets[row + i] = config.token_labels.indexOf(labelOf(place, i));
    }
  }
  return { head: 'token', loss: 'cross-entropy', targets, scale };
}

function score({ token_labels: labels }: HashFormerConfig) {
  const confusion = labels.map(() => labels.map(() => 0));
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  return {
    add({ targets }: Goal, output: Float32Array) {
      for (const [i, label] of targets.entries()) {
        if (label === IGNORED_LABEL) continue;
        const logits = output.subarray(i * labels.length, (i + 1) * labels.length);
        confusion[label]![logits.indexOf(Math.max(...logits))]!++;
      }
    },
    metrics() {
      const right = (label: number) => confusion[label]![label]!;
      const recalls = PLACE_LABELS.map((name) => {
        const label = labels.indexOf(name);
        return [`accuracy_${name}`, right(label) / Math.max(sum(confusion[label]!), 1)];
      });
      const accuracy = sum(labels.map((_, i) => right(i))) / Math.max(sum(confusion.flat()), 1);
      return { accuracy, ...Object.fromEntries(recalls) };
    },
    report: () => ({ labels, confusion }),
  };
}

/** What became of each token that is not masked. */
export const manipulations: Lesson = {
  head: 'token',
  count: (places) => places.filter((place) => place !== MASKED).length,
  goal,
  score,
};

export const SHARES = { shuffled: 0.1, random: 0.1 } as const;

export const shuffledRandom: Objective = {
  corrupt: (count, random) => corrupt(count, random, SHARES),
  lessons: [manipulations],
};
