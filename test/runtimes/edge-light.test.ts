// The packed tarball in Vercel's edge runtime, bundled as Vercel does: the condition edge-light, and `.wasm?module`
// compiled outside. EDGE_RUNTIME names the runtime's main file.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { recordScenario } from '../digest/record.ts';
import { describeUnless, needsRuntime } from '../needs.ts';
import { packAndInstall } from '../package/install.ts';
import { bundle } from './bundle.ts';
import { type ScenarioResult, scenario } from './scenario.ts';

const EDGE_RUNTIME = process.env.EDGE_RUNTIME;
const TEXT = 'a gorgeous, witty, seductive movie';
const TEXTS: string[] = JSON.parse(
  readFileSync(new URL('../digest/sentences.json', import.meta.url), 'utf8'),
);
const { folder } = await packAndInstall();
const inPackage = (...path: string[]) => join(folder, 'node_modules', 'hashformer', 'dist', ...path);

const modelFromCore = (name: string) => `
  import { config as ${name}Config, weights as ${name}Weights } from 'hashformer/models/${name}/inlined.js';
  const ${name} = { config: ${name}Config, weights: Uint8Array.from(atob(${name}Weights), (c) => c.charCodeAt(0)) };`;
const FUNCTIONS = {
  hashformer: `
    import * as hashformer from 'hashformer';
    import { scenario } from './scenario.js';
    globalThis.hashformer = hashformer;
    globalThis.run = (texts) => scenario(hashformer, { texts });`,
  'hashformer/core': `
    import * as hashformer from 'hashformer/core';
    import simd from 'hashformer/wasm/simd.wasm?module';
    import scalar from 'hashformer/wasm/scalar.wasm?module';
    import { scenario } from './scenario.js';
    ${modelFromCore('sentiment')} ${modelFromCore('sentence')}
    globalThis.run = async (texts) => {
      await hashformer.useWasm(simd);
      await hashformer.useWasm(scalar);
      return scenario(hashformer, { texts, models: { sentiment, sentence } });
    };`,
};

interface EdgeVM {
  evaluate(code: string): Promise<unknown>;
}

/** Starts a function in a runtime that, as Vercel's, compiles nothing from bytes; with what its upload would hold. */
async function start(contents: string): Promise<{ vm: EdgeVM; script: string; wasm: string[] }> {
  const files = new Map<string, string>();
  const wasmModules: Plugin = {
    name: 'wasm-modules',
    setup({ onLoad, onResolve, resolve }) {
      onResolve({ filter: /\.wasm\?module$/ }, async ({ path, kind, importer, resolveDir }) => {
        const found = await resolve(path.replace('?module', ''), { kind, importer, resolveDir });
        const name = `wasm_${files.size}`;
        files.set(name, found.path);
        return { path: name, namespace: 'wasm' };
      });
      onLoad({ filter: /./, namespace: 'wasm' }, ({ path }) => ({
        contents: `export default globalThis.${path}`,
      }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    conditions: ['edge-light'],
    plugins: [wasmModules],
    logLevel: 'error',
  });
  const script = outputFiles[0]!.text;
  const modules: Record<string, unknown> = {
    bytes: new Uint8Array(readFileSync(inPackage('wasm', 'simd.wasm'))),
  };
  for (const [name, file] of files) modules[name] = await WebAssembly.compile(readFileSync(file));
  const { EdgeRuntime } = createRequire(EDGE_RUNTIME!)(EDGE_RUNTIME!);
  const vm: EdgeVM = new EdgeRuntime({
    initialCode: script,
    codeGeneration: { strings: false, wasm: false },
    extend: (context: object) => Object.assign(context, modules),
  });
  return { vm, script, wasm: [...files.values()] };
}

describeUnless(needsRuntime('EDGE_RUNTIME'), "Vercel's edge runtime", () => {
  let expected: ScenarioResult;
  beforeAll(async () => {
    writeFileSync(join(folder, 'scenario.js'), await bundle(undefined, ['hashformer']));
    const node = await import(pathToFileURL(inPackage('node', 'index.js')).href);
    expected = JSON.parse(JSON.stringify(await scenario(node, { texts: TEXTS })));
  }, 300_000);

  it.each(Object.entries(FUNCTIONS))(
    'runs %s as Node does, bit for bit',
    async (name, contents) => {
      const { vm } = await start(contents);
      const compiled = vm.evaluate('new Promise((resolve) => resolve(new WebAssembly.Module(bytes)))');
      await expect(compiled).rejects.toThrow('disallowed by embedder');
      const result = JSON.parse(
        (await vm.evaluate(`run(${JSON.stringify(TEXTS)}).then(JSON.stringify)`)) as string,
      );
      expect(result).toEqual(expected);
      const { version } = JSON.parse(readFileSync(join(EDGE_RUNTIME!, '..', '..', 'package.json'), 'utf8'));
      if (name === 'hashformer') recordScenario(`edge-runtime ${version}`, 'V8', result);
    },
    300_000,
  );

  it('takes wasm as modules alone, and has no relaxed tier', async () => {
    const { vm, script, wasm } = await start(FUNCTIONS.hashformer);
    const [simd, scalar] = ['simd', 'scalar'].map((tier) => inPackage('wasm', `${tier}.wasm`));
    expect(wasm.sort()).toEqual([scalar, simd]);
    const bytes = readFileSync(simd!).toString('base64');
    expect(script).not.toContain(bytes);
    console.log(`hashformer at Vercel's edge: ${script.length} bytes, ${gzipSync(script).length} gzip`);
    const asked = vm.evaluate(
      `hashformer.pipeline('text-classification', undefined, { tier: 'relaxed' }).catch(({ code, message }) => code + ': ' + message)`,
    );
    expect(await asked).toMatch(/^tier: The tier "relaxed" is not in the build for Vercel's edge/);
  });

  it("takes one model in less than the Hobby plan's 1 MB", async () => {
    const { script, vm } = await start(`
      import { pipeline, useWasm } from 'hashformer/core';
      import simd from 'hashformer/wasm/simd.wasm?module';
      ${modelFromCore('sentiment')}
      globalThis.run = async (text) => {
        await useWasm(simd);
        return (await pipeline('text-classification', sentiment))(text);
      }`);
    const gzip = gzipSync(script).length + gzipSync(readFileSync(inPackage('wasm', 'simd.wasm'))).length;
    console.log(`hashformer/core with one model at Vercel's edge: ${gzip} bytes gzip`);
    expect(gzip).toBeLessThan(1_000_000);
    expect(JSON.stringify(await vm.evaluate(`run(${JSON.stringify(TEXT)})`))).toBe(
      '[{"label":"POSITIVE","score":0.9986592531204224}]',
    );
  });
});
