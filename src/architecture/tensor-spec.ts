import type { StoredTensor } from '../formats/stored-tensor.ts';
import type { Head } from './heads.ts';

/** A tensor of a model: what it is called in our layout and in the reference's, its shape, and where wasm keeps it. */
export interface TensorSpec {
  /** Name in our layout. */
  readonly name: string;
  /** Name in the reference's layout, without its `roberta.` prefix where it has one. */
  readonly reference: string;
  readonly shape: readonly number[];
  /** `table`: rows are looked up. `matrix`: rows are used as they are. `linear`, `bias`: a layer's two tensors. */
  readonly kind: 'table' | 'matrix' | 'vector' | 'linear' | 'bias';
  readonly slot: number;
  readonly layer: number;
  /** Of the layers that are multiplied as one: query 0, key 1, value 2. */
  readonly part: number;
  /** Size of the groups (attention heads) of output and input channels, 0 for none. */
  readonly outputGroup: number;
  readonly inputGroup: number;
  /** The head that the tensor belongs to; a model may lack it. */
  readonly head: Head | null;
}

/** One tensor of the model as it is stored. */
export interface Weight {
  readonly spec: TensorSpec;
  readonly tensor: StoredTensor;
  /** One f32 a row for int8, else null. */
  readonly scale: StoredTensor | null;
}
