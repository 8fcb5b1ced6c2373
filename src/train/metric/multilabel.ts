import { checkClass, checkLengths } from './check.ts';
import { f1 } from './classification.ts';

/** Multi-hot rows: 1 where an example has a label, else 0. */
export type MultiHot = ArrayLike<ArrayLike<number>>;

export interface MultilabelScores {
  /** F1 of the summed counts of all labels. */
  readonly micro: number;
  /** Mean F1 of all labels; one that neither occurs nor is predicted counts as 0, as in scikit-learn. */
  readonly macro: number;
  /** The part of examples whose labels are all right. */
  readonly exact: number;
}

/**
 * F1 and exact matches of several labels an example.
 *
 * @throws HashformerError `argument`: lengths differ, or a number is neither 0 nor 1
 */
export function multilabelScores(gold: MultiHot, predicted: MultiHot, labels: number): MultilabelScores {
  checkLengths(gold, predicted);
  const truePositives = new Array<number>(labels).fill(0);
  const occurrences = new Array<number>(labels).fill(0);
  let exact = 0;
  for (let i = 0; i < gold.length; i++) {
    const [has, says] = [gold[i]!, predicted[i]!];
    checkLengths({ length: labels }, has);
    checkLengths(has, says);
    let wrong = 0;
    for (let j = 0; j < labels; j++) {
      checkClass(has[j]!, 2, 'a label');
      checkClass(says[j]!, 2, 'a prediction');
      truePositives[j]! += has[j]! * says[j]!;
      occurrences[j]! += has[j]! + says[j]!;
      if (has[j] !== says[j]) wrong++;
    }
    if (wrong === 0) exact++;
  }
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    micro: f1(sum(truePositives), sum(occurrences)),
    macro: sum(truePositives.map((count, j) => f1(count, occurrences[j]!))) / Math.max(labels, 1),
    exact: exact / Math.max(gold.length, 1),
  };
}
