// What loading says of models that it refuses, in a chunk of its own: who loads a good model never reads it.

import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';

/** Of something that is no source. */
export function noSource(source: unknown): HashformerError {
  return new HashformerError(
    'argument',
    "A model's source must be a folder's path, an address, or { config: object, weights: Uint8Array }, " +
      `but is ${show(source)}.`,
  );
}

/** Of a model with so many parameters that no engine could hold it. */
export function tooLarge(parameters: number): HashformerError {
  return new HashformerError(
    'config',
    `config.json describes ${Math.round(parameters / 1e6)} million parameters; WebAssembly can address 4 GiB.`,
  );
}

/** Of weights whose checksum is not the one that their file names. */
export function damaged(got: string, expected: string): HashformerError {
  return new HashformerError(
    'weights',
    `The weights are damaged: their checksum is ${got}, the file says ${expected}; download them again.`,
  );
}

/** Of a task that no shipped model does, where no model is named. */
export function noShippedModel(task: string): HashformerError {
  return new HashformerError(
    'argument',
    `No model that ships with this package does ${task}; name one: its folder, its address or { config, weights }.`,
  );
}

/** Of options of loading beside a model that is loaded. */
export function loadedAlready(): HashformerError {
  return new HashformerError('argument', 'This model is loaded already: leave the options of loading out.');
}
