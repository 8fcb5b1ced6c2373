import { describe, expect, it } from 'vitest';
import { ROBERTA_ARCHITECTURE } from '../../src/architecture/architecture.ts';
import { architectureOf, parseConfig } from '../../src/architecture/config.ts';
import { HashFormer } from '../../src/index.ts';
import { load as loadJs } from '../../src/js/index.ts';
import { readConfig } from '../../src/model/read-config.ts';
import { failure, tinyConfig, tinyModel } from '../helpers.ts';

/** Encoders that the record can say and that nothing computes yet. */
const NOT_YET: [string, object][] = [
  ['norms', { norms: 'pre' }],
  ['norms', { norms: 'pre_but_first' }],
  ['position_embeddings', { position_embeddings: 'none' }],
  ['attention_positions', { attention_positions: { kind: 'buckets', buckets: 32, most: 128 } }],
  ['attention_positions', { attention_positions: { kind: 'rotary', base: 1e4, local_base: 1e4 } }],
  ['attention_span', { attention_span: { kind: 'alternating', window: 128, full_every: 3 } }],
  ['feed_forward', { feed_forward: 'gated' }],
  ['linear_biases', { linear_biases: 'none' }],
  ['embedding_projection', { embedding_projection: 'after_norm' }],
  ['layers', { layers: { kind: 'shared', groups: 1 } }],
  ['head_input', { head_input: 'mean' }],
  ['head_layers', { head_layers: 'none' }],
  ['head_activation', { head_activation: 'gelu' }],
];

describe('the architecture of a config.json', () => {
  it('is RoBERTa where it says nothing, and what it says', async () => {
    expect(architectureOf(parseConfig(tinyConfig()))).toEqual(ROBERTA_ARCHITECTURE);
    const config = await readConfig(tinyConfig({ architecture: { head_activation: 'relu' } }));
    expect(architectureOf(config)).toEqual({ ...ROBERTA_ARCHITECTURE, head_activation: 'relu' });
  });

  it.each(NOT_YET)('is refused in words where nothing computes its %s: %o', async (part, architecture) => {
    for (const action of [
      () => HashFormer.load({ ...tinyModel(), config: tinyConfig({ architecture }) }),
      () =>
        HashFormer.load({ ...tinyModel(), config: tinyConfig({ architecture }) }, { backend: 'reference' }),
      () => HashFormer.init(tinyConfig({ architecture }), 1),
    ]) {
      const { message } = await failure(action, 'config');
      expect(message).toContain(`"architecture.${part}" must be`);
      expect(message).toContain('not computed here yet');
    }
  });

  it.each([
    [5],
    ['roberta'],
    [[]],
    [null],
    [{ norm: 'post' }],
    [{ norms: 'middle' }],
    [{ norms: null }],
    [{ norms: 'toString' }],
    [{ toString: 'post' }],
    [{ activation: 'gelu' }],
    [{ layers: { kind: 'toString' } }],
  ])('is an error: %o', async (architecture) => {
    const { message } = await failure(() => HashFormer.init(tinyConfig({ architecture }), 1), 'config');
    expect(message).toMatch(/"architecture(\.\w+)?" must be/);
  });

  it('is refused by the build without WebAssembly where that does not compute it', async () => {
    for (const architecture of [{ head_activation: 'relu' }, { norms: 'pre' }, { norm: 'post' }]) {
      const { weights } = tinyModel();
      const { message } = await failure(
        () => loadJs({ config: tinyConfig({ architecture }), weights }),
        'config',
      );
      expect(message).toMatch(/"architecture\.\w+" is .* hashformer\/js leaves out/);
    }
  });
});
