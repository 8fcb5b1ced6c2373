// The strongest onnxruntime-web there is for a model and a shape: the fastest of the forms of its file.

import { encoderFile, FORMS } from '../onnx.mjs';
import { median, race } from './measure.mjs';
import { openSession } from './session.mjs';

/**
 * { form, run, release } for `input` of shape [batch, length, hidden].
 *
 * @param {Record<string, (...args: any[]) => any>} forms
 */
export async function contender(config, tensors, input, batch, length, options, forms = FORMS) {
  const sessions = {};
  for (const [form, write] of Object.entries(forms)) {
    const file = encoderFile(config, tensors, write);
    sessions[form] = await openSession(file, input, [batch, length, config.hidden_size]);
  }
  const times = await race(
    Object.fromEntries(Object.entries(sessions).map(([form, { run }]) => [form, run])),
    options,
  );
  const [form] = Object.keys(times).sort((a, b) => median(times[a]) - median(times[b]));
  for (const [name, session] of Object.entries(sessions)) if (name !== form) await session.release();
  return { form, ...sessions[form] };
}

/** Floating-point operations of the matrix products of a forward pass. */
export function operations(config, batch, length) {
  const { hidden_size: hidden, intermediate_size: wide, num_hidden_layers: layers } = config;
  const linear = 2 * length * hidden * (4 * hidden + 2 * wide);
  const attention = 4 * length * length * hidden;
  return layers * batch * (linear + attention);
}
