import type { WeightFile } from '../formats/stored-tensor.ts';

/** A parsed tokenizer.json, or where one is: a path or an address. */
export type TokenizerSource = string | object;

/** A weight file and the bytes that its checksum is taken over. */
export type SourceFile = WeightFile & { readonly data: Uint8Array };

/** A model's files, read but not yet checked against each other. */
export interface ModelFiles {
  readonly config: unknown;
  readonly files: readonly SourceFile[];
  readonly tensors: WeightFile['tensors'];
  /** The tokenizer.json that the reference's LSH needs, when the model is said to have one. */
  readonly tokenizer: TokenizerSource | undefined;
}
