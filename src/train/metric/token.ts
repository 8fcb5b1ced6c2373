import { IGNORED_LABEL } from '../../../assembly/abi.ts';
import { checkLengths } from './check.ts';
import { confusionMatrix } from './classification.ts';

/**
 * Counts what every class of tokens was predicted as.
 *
 * @param gold, predicted class indexes, a list an example; tokens whose gold label is -100 are left out
 * @throws HashformerError `argument`: lengths differ, or an index is no class
 */
export function tokenConfusion(
  gold: ArrayLike<ArrayLike<number>>,
  predicted: ArrayLike<ArrayLike<number>>,
  classes: number,
): number[][] {
  checkLengths(gold, predicted);
  const labels: number[] = [];
  const guesses: number[] = [];
  for (let i = 0; i < gold.length; i++) {
    checkLengths(gold[i]!, predicted[i]!);
    for (let j = 0; j < gold[i]!.length; j++) {
      if (gold[i]![j] === IGNORED_LABEL) continue;
      labels.push(gold[i]![j]!);
      guesses.push(predicted[i]![j]!);
    }
  }
  return confusionMatrix(labels, guesses, classes);
}
