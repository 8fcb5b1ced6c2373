/** What turns logits into probabilities: of a row together, or each by itself. */
export const ACTIVATIONS = ['softmax', 'sigmoid'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** What the classification head's labels are to each other, as Transformers names it. */
export const PROBLEM_TYPES = [
  'single_label_classification',
  'multi_label_classification',
  'regression',
] as const;
export type ProblemType = (typeof PROBLEM_TYPES)[number];

const ACTIVATION = {
  single_label_classification: 'softmax',
  multi_label_classification: 'sigmoid',
  regression: null,
} as const satisfies Record<ProblemType, Activation | null>;

/** What makes probabilities of a model's logits; null where they are numbers already. One label is for itself. */
export function activationOf(config: {
  readonly problem_type: ProblemType;
  readonly num_labels: number;
}): Activation | null {
  const activation = ACTIVATION[config.problem_type];
  return activation === 'softmax' && config.num_labels === 1 ? 'sigmoid' : activation;
}
