import type { HashFormerConfig } from '../../src/architecture/config.ts';
import type { Output } from '../../src/architecture/outputs.ts';
import { toBatch } from '../../src/model/batches.ts';
import type { Attention, Refusal } from '../protocol.ts';
import type { Loaded } from './model.ts';
import { rowsOf } from './rows.ts';

/** More rows than this are no picture any more. */
const MOST_ROWS = 256;
/** Multiplications a second of the float64 backend, about. */
const RATE = 2e8;
/** Seconds that are not worth a question. */
const AT_ONCE = 0.5;

function secondsFor(config: Readonly<HashFormerConfig>, rows: number): number {
  const { hidden_size, intermediate_size, num_hidden_layers } = config;
  const linear = 4 * hidden_size ** 2 + 2 * hidden_size * intermediate_size;
  return (num_hidden_layers * rows * (linear + 2 * rows * hidden_size)) / RATE;
}

/** The result that a model is asked for. */
function outputOf({ task, model: { config } }: Loaded): Output {
  if (task === 'classification') return { kind: 'logits' };
  return { kind: 'sentences', pooling: config.pooling ?? 'mean', normalize: config.normalize };
}

/**
 * What attention weighs, layer by layer and head by head. The wasm module keeps no such weights, so that they come
 * from the float64 backend over the same weights and hashes; the result of both tells how near that is.
 */
export function attention(loaded: Loaded, text: string, patient: boolean): Attention | Refusal {
  const { model, created } = loaded;
  const sequence = model.assemble(text);
  const rows = sequence.ids.length;
  const seconds = secondsFor(model.config, rows);
  if (rows > MOST_ROWS) return { rows, seconds: null };
  if (seconds > AT_ONCE && !patient) return { rows, seconds };
  const { num_hidden_layers: layers, num_attention_heads: heads } = model.config;
  const weights = new Float32Array(layers * heads * rows * rows);
  const batch = toBatch([sequence]);
  const output = outputOf(loaded);
  const began = performance.now();
  const results = loaded.reference().compute(batch, output, (layer, head, row, probabilities) => {
    weights.set(probabilities, ((layer * heads + head) * rows + row) * rows);
  });
  const milliseconds = performance.now() - began;
  const computed = created.backend.run(batch, output) as Float32Array;
  const difference = results[0]!.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - computed[i]!)),
    0,
  );
  return { ...rowsOf(loaded, sequence), layers, heads, weights, difference, milliseconds };
}
