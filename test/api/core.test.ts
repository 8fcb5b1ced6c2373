// hashformer/core, as it is built: the caller gives the wasm.

import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Core from '../../src/core.ts';
import { temporaryFolder } from '../cli/run.ts';
import { tiers, tinyModel } from '../helpers.ts';

const dist = (path: string) => new URL(`../../dist/${path}`, import.meta.url);
const wasm = (tier: string) => readFileSync(dist(`wasm/${tier}.wasm`));

/** A package that was given nothing yet: a copy of its own. */
let core: typeof Core;
let copies = 0;
const folder = await temporaryFolder();
beforeEach(async () => {
  const copy = folder(String(copies++));
  cpSync(dist('core'), copy, { recursive: true });
  core = await import(pathToFileURL(join(copy, 'index.js')).href);
});

async function refusal(action: Promise<unknown>): Promise<[string, string]> {
  const error = await action.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(core.HashformerError);
  const { code, message } = error as InstanceType<typeof core.HashformerError>;
  return [code, message];
}

describe('hashformer/core', () => {
  it('says what to do where no wasm was given, and where no model is named', async () => {
    const [code, message] = await refusal(core.hashToken('the'));
    expect([code, message]).toEqual([
      'tier',
      'hashformer/core has no wasm of its own; call useWasm() with hashformer/wasm/simd.wasm first.',
    ]);
    await core.useWasm(wasm('simd'));
    expect(await refusal(core.pipeline('text-classification'))).toEqual([
      'argument',
      'hashformer/core has no model of its own; name one, or give { config, weights } of hashformer/models/sentiment/.',
    ]);
  });

  const given: Record<string, (tier: string) => unknown> = {
    bytes: wasm,
    'an ArrayBuffer': (tier) => new Uint8Array(wasm(tier)).buffer,
    'a module': (tier) => new WebAssembly.Module(wasm(tier)),
    'a promise of a Response': async (tier) => new Response(wasm(tier)),
  };
  it.each(Object.keys(given))('takes %s', async (how) => {
    expect(await core.useWasm(given[how]!('simd') as Core.WasmSource)).toBe('simd');
    expect((await core.hashToken('the')).bits).toBe('b9386d96710ddd52bc49ff0033ead10f');
    const model = await core.HashFormer.load(tinyModel());
    expect(model.tier).toBe('simd');
    expect((await model.encode(['a film'])).shape[0]).toBe(4);
  });

  it('computes with what was given, simd before others', async () => {
    const tierOf = async () => (await core.HashFormer.load(tinyModel())).tier;
    const use = async (tier: string) => [await core.useWasm(wasm(tier)), await tierOf()];
    if (tiers.includes('relaxed')) expect(await use('relaxed')).toEqual(['relaxed', 'relaxed']);
    expect(await use('scalar')).toEqual(['scalar', 'scalar']);
    expect(await use('simd')).toEqual(['simd', 'simd']);
    expect(await use('scalar')).toEqual(['scalar', 'simd']);
  });

  it('gives the bits that hashformer gives', async () => {
    await core.useWasm(wasm('scalar'));
    const { default: config } = await import(dist('models/sentiment/config.js').href);
    const weights = readFileSync(dist('models/sentiment/weights.bin'));
    const classify = await core.pipeline('text-classification', { config, weights });
    const { pipeline } = await import(dist('node/index.js').href);
    const text = 'a gorgeous, witty, seductive movie';
    expect(await classify(text)).toEqual(await (await pipeline('text-classification'))(text));
  });

  it('refuses what is no wasm of this package', async () => {
    const other = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    const cases: [unknown, string, RegExp][] = [
      ['simd.wasm', 'argument', /must be a WebAssembly.Module, the bytes .*, but is "simd.wasm"/],
      [undefined, 'argument', /but is undefined/],
      [other, 'argument', /must be a file of this package.*, but is another module/],
      [wasm('simd').subarray(0, 9000), 'tier', /cannot be compiled here: it is damaged/],
      [new Response('no', { status: 404 }), 'source', /answered with status 404/],
    ];
    for (const [source, code, sentence] of cases) {
      const [got, message] = await refusal(core.useWasm(source as Core.WasmSource));
      expect(got).toBe(code);
      expect(message).toMatch(sentence);
    }
    expect((await refusal(core.hashToken('the')))[0]).toBe('tier');
  });
});

describe('the tier "fastest"', () => {
  it('is simd or scalar, whichever answers more often', async () => {
    await core.useWasm(wasm('simd'));
    await core.useWasm(wasm('scalar'));
    const load = async () => (await core.HashFormer.load(tinyModel(), { tier: 'fastest' })).tier;
    expect(['simd', 'scalar']).toContain(await load());

    const instantiate = WebAssembly.instantiate as (
      module: WebAssembly.Module,
    ) => Promise<WebAssembly.Instance>;
    // A clock that the probes move, those of the slow tier twice as far.
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    for (const slow of ['simd', 'scalar'] as const) {
      const spy = vi.spyOn(WebAssembly, 'instantiate');
      spy.mockImplementation((async (module: WebAssembly.Module) => {
        const { exports } = await instantiate(module);
        const { probe, tier } = exports as Record<string, () => number>;
        const isSlow = ['scalar', 'simd', 'relaxed'][tier!() - 1] === slow;
        const timed = () => {
          now += isSlow ? 2 : 1;
          return probe!();
        };
        return { exports: { ...exports, probe: timed } };
      }) as unknown as typeof WebAssembly.instantiate);
      expect(await load()).toBe(slow === 'simd' ? 'scalar' : 'simd');
      spy.mockRestore();
    }
    clock.mockRestore();
  });

  it('is the one that there is, and an error where there is none', async () => {
    const load = () => core.HashFormer.load(tinyModel(), { tier: 'fastest' });
    expect((await refusal(load()))[0]).toBe('tier');
    await core.useWasm(wasm('scalar'));
    expect((await load()).tier).toBe('scalar');
  });

  it('is simd where the clock stands still', async () => {
    await core.useWasm(wasm('simd'));
    await core.useWasm(wasm('scalar'));
    const clock = vi.spyOn(performance, 'now').mockReturnValue(5);
    expect((await core.HashFormer.load(tinyModel(), { tier: 'fastest' })).tier).toBe('simd');
    clock.mockRestore();
  });
});
