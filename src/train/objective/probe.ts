// What a model in pre-training does on text that it is not trained on, which is corrupted the same way every time.

import type { Passages } from '../corpus/passages.ts';
import { packPassages } from '../corpus/sequences.ts';
import type { TokenReader } from '../corpus/token-reader.ts';
import type { Learner } from '../engine/learner.ts';
import type { FinalEvaluation } from '../report/events.ts';
import { grouped } from '../report/words.ts';
import type { Evaluation, Plan } from '../run/run.ts';
import type { Corruption } from './corruption.ts';
import type { Objective } from './objective.ts';

interface Probe {
  readonly plan: Pick<Plan<unknown>, 'evaluate' | 'evaluateFinally' | 'metric'>;
  readonly description: string;
}

/**
 * @param held passages that are measured on
 * @param load opens the model of a checkpoint
 * @returns undefined where there are none, or nothing in them
 */
export async function createProbe(
  corpus: Passages,
  reader: TokenReader,
  held: readonly number[],
  corruption: Corruption,
  learner: Learner,
  { lessons }: Objective,
  load: (folder: string) => Promise<Learner>,
): Promise<Probe | undefined> {
  const sequences = [];
  for await (const { tokens } of packPassages(corpus, reader, held)) {
    sequences.push({ tokens, name: `held out ${sequences.length}` });
  }
  const { shares, tokens } = await corruption.corrupt(sequences, 1);
  const batches = shares[0]!;
  if (batches.length === 0) return undefined;

  function measure({ config, backend }: Learner) {
    const scores = lessons.map((lesson) => ({ head: lesson.head, score: lesson.score(config) }));
    let loss = 0;
    for (const batch of batches) {
      for (const [i, judgement] of backend.judge(batch).entries()) {
        const goal = batch.goals[i]!;
        loss += judgement.loss;
        scores.find(({ head }) => head === goal.head)!.score.add(goal, judgement.output);
      }
    }
    const metrics = Object.assign({}, ...scores.map(({ score }) => score.metrics()));
    const reports = scores.flatMap(({ score }) => score.report?.() ?? []);
    return { loss, metrics, report: reports[0] ?? { labels: [] } };
  }

  return {
    plan: {
      evaluate: async (): Promise<Evaluation> => {
        const { loss, metrics } = measure(learner);
        return { loss, metrics: { ...metrics, loss } };
      },
      evaluateFinally: async (best): Promise<FinalEvaluation> => {
        const measured = best === undefined ? learner : await load(best);
        try {
          const { metrics, report } = measure(measured);
          return { ...report, metrics, worst: [] };
        } finally {
          if (measured !== learner) measured.dispose();
        }
      },
      metric: { name: 'loss', higherIsBetter: false },
    },
    description:
      `dev: ${grouped(held.length)} passages of the corpus, ${grouped(tokens)} tokens, held out` +
      lessons.map((lesson) => lesson.describe?.(batches.flatMap(({ goals }) => goals)) ?? '').join(''),
  };
}
