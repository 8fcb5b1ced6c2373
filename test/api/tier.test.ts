import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TEXTS, tiers, tinyModel } from '../helpers.ts';

/** A package that has compiled nothing yet. */
let fresh: typeof import('../../src/index.ts');

beforeEach(async () => {
  vi.resetModules();
  fresh = await import('../../src/index.ts');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** The error's code and message; errors of a package loaded anew are of a class of its own. */
async function refusal(action: () => Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await action().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(fresh.HashformerError);
  return error as { code: string; message: string };
}

describe('a tier', () => {
  it('is simd where the engine has it, and scalar where not', async () => {
    const load = async () => (await fresh.HashFormer.load(tinyModel())).tier;
    expect(await load()).toBe('simd');
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    expect(await load()).toBe('scalar');
  });

  it('is the one that was asked for, or an error that says what the engine lacks', async () => {
    for (const tier of ['simd', 'scalar', 'relaxed'] as const) {
      const load = () => fresh.HashFormer.load(tinyModel(), { tier });
      if (tiers.includes(tier)) expect((await load()).tier).toBe(tier);
      else expect((await refusal(load)).message).toContain(`"${tier}"`);
    }
  });

  it('is refused where its known answers come out false', async () => {
    const instantiate = WebAssembly.instantiate as (
      module: WebAssembly.Module,
    ) => Promise<WebAssembly.Instance>;
    vi.spyOn(WebAssembly, 'instantiate').mockImplementation((async (module: WebAssembly.Module) => {
      const { exports } = await instantiate(module);
      return { exports: { ...exports, probe: () => 0 } };
    }) as unknown as typeof WebAssembly.instantiate);
    const { code, message } = await refusal(() => fresh.HashFormer.load(tinyModel()));
    expect(code).toBe('tier');
    expect(message).toContain('wrongly');
  });

  it('that failed to compile is tried again at the next call', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValueOnce(new WebAssembly.CompileError('once'));
    expect((await refusal(() => fresh.hashToken('a'))).code).toBe('tier');
    expect((await fresh.hashToken('a')).bits).toHaveLength(32);
  });

  it('is compiled once, whatever number of models asks at once', async () => {
    const compile = vi.spyOn(WebAssembly, 'compile');
    await Promise.all(Array.from({ length: 8 }, () => fresh.HashFormer.load(tinyModel())));
    expect(compile).toHaveBeenCalledTimes(1);
  });
});

describe('an engine', () => {
  it('without WebAssembly is told of in a sentence', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect((await refusal(() => fresh.HashFormer.load(tinyModel()))).code).toBe('tier');
    expect((await refusal(() => fresh.hashToken('a'))).code).toBe('tier');
  });

  it('that gives no memory for an instance is told of in a sentence, and asked again', async () => {
    const none = new RangeError('WebAssembly.instantiate(): Out of memory');
    vi.spyOn(WebAssembly, 'instantiate').mockRejectedValueOnce(none);
    const { code, message } = await refusal(() => fresh.HashFormer.load(tinyModel()));
    expect([code, message]).toEqual(['memory', expect.stringContaining('smaller model')]);
    expect((await (await fresh.HashFormer.load(tinyModel())).logits(TEXTS)).shape).toEqual([TEXTS.length, 3]);
  });

  it('that gives no memory for a result is told of in a sentence, and the model lives on', async () => {
    const model = await fresh.HashFormer.load(tinyModel());
    const Float32 = Float32Array;
    vi.stubGlobal(
      'Float32Array',
      class extends Float32 {
        constructor(...given: unknown[]) {
          if (typeof given[0] === 'number') throw new RangeError('Array buffer allocation failed');
          super(...(given as [ArrayBuffer]));
        }
      },
    );
    expect((await refusal(() => model.logits(TEXTS))).code).toBe('memory');
    vi.unstubAllGlobals();
    expect((await model.logits(TEXTS)).shape).toEqual([TEXTS.length, 3]);
  });

  it('that gives no memory for a batch is told of in a sentence, and the model lives on', async () => {
    const model = await fresh.HashFormer.load(tinyModel());
    const expected = await model.logits(TEXTS);
    // Together longer than the longest string that an engine makes.
    const huge = 'x'.repeat(300_000_000);
    expect((await refusal(() => model.logits([huge, huge]))).code).toBe('memory');
    expect(await model.logits(TEXTS)).toEqual(expected);
  }, 120_000);
});
