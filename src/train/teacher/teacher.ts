import { HashformerError } from '../../errors.ts';
import { HashFormer } from '../../model/hashformer.ts';
import type { Source } from '../../model/source.ts';
import type { Tier } from '../../runtime/tier.ts';
import { checksum } from '../../wasm/checksum.ts';
import { instantiateModule } from '../../wasm/module.ts';
import { answer } from './answer.ts';
import type { OutputFacts } from './parts.ts';

export interface Teacher {
  readonly model: HashFormer;
  readonly facts: OutputFacts;
}

/**
 * Loads a model and sees whether it can teach.
 *
 * @throws HashformerError `argument`: its outputs are no classes; `missing`: it has no classification head; or as
 *   HashFormer.load()
 */
export async function loadTeacher(
  source: Source,
  target: OutputFacts['target'],
  tier: Tier | undefined,
  signal: AbortSignal | undefined,
): Promise<Teacher> {
  const model = await HashFormer.load(source, {
    ...(tier === undefined ? {} : { tier }),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    if (target === 'logits') {
      const { problem_type: problem } = model.config;
      await answer(model, target, ['a']);
      if (problem !== 'single_label_classification' || model.labels.length < 2) {
        throw new HashformerError(
          'argument',
          `The teacher must tell classes apart, but does ${problem} of ${model.labels.length} outputs; ` +
            'learn its sentence vectors, or choose another teacher.',
        );
      }
    }
    const [{ weights }, { exports }] = await Promise.all([model.save(), instantiateModule()]);
    const labels = target === 'logits' ? model.labels : [];
    return { model, facts: { target, labels, teacher: checksum(exports, weights) } };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
