import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TIERS } from '../../src/runtime/tier.ts';

const dist = (path: string) => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));

/** Runs a program in a Node of its own and gives what it printed as JSON. */
function run(program: string, ...flags: string[]): unknown {
  const output = execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  return JSON.parse(output);
}

describe('importing the package', () => {
  it.each(['node', 'web', 'core'])('compiles, fetches, allocates and starts nothing: %s', (place) => {
    const program = `
      const WASM = process.getBuiltinModule('node:fs').readFileSync(${JSON.stringify(dist('wasm/simd.wasm'))});
      const uses = [];
      const watch = (owner, name) => {
        owner[name] = new Proxy(owner[name], {
          apply: (...call) => (uses.push(name), Reflect.apply(...call)),
          construct: (...call) => (uses.push(name), Reflect.construct(...call)),
        });
      };
      const engine = Object.getOwnPropertyNames(WebAssembly).filter((name) => typeof WebAssembly[name] === 'function');
      for (const name of engine) watch(WebAssembly, name);
      const names = ['fetch', 'TextEncoder', 'TextDecoder', 'ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'atob', 'setTimeout',
        'setInterval', 'queueMicrotask', 'Int8Array', 'Uint8Array', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array',
        'Float32Array', 'Float64Array', 'BigUint64Array', 'Worker', 'MessageChannel'].filter((name) => name in globalThis);
      for (const name of names) watch(globalThis, name);
      const before = Object.keys(globalThis).length;
      const exports = await import(${JSON.stringify(dist(`${place}/index.js`))});
      const seen = [...uses];
      if (exports.useWasm !== undefined) await exports.useWasm(WASM);
      await exports.hashToken('the');
      console.log(JSON.stringify({
        seen, later: uses.length, globals: Object.keys(globalThis).length - before, exports: Object.keys(exports),
      }));
    `;
    expect(run(program)).toEqual({
      seen: [],
      later: expect.toSatisfy((count: number) => count > 0),
      globals: 0,
      exports: [
        'HashFormer',
        'HashformerError',
        'hashToken',
        'hashTokens',
        'pipeline',
        ...(place === 'core' ? ['useWasm'] : []),
      ],
    });
  });

  it('for browsers needs no module of Node and no package', () => {
    const files = readdirSync(dist('web')).filter((name) => name.endsWith('.js'));
    expect(files).toContain('index.js');
    for (const name of files) {
      const code = readFileSync(dist(`web/${name}`), 'utf8');
      expect(code, name).not.toMatch(/["'`]node:/);
      const imports = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g)].map(
        ([, path]) => path!,
      );
      const optional = ['@huggingface/tokenizers'];
      expect(
        imports.filter((path) => !/^\.\.?\//.test(path) && !optional.includes(path)),
        name,
      ).toEqual([]);
    }
    // What is imported before anything is asked for.
    const core = readFileSync(dist('web/index.js'), 'utf8');
    expect([...core.matchAll(/(?:\bfrom|\bimport)\s*["']([^"']+)["']/g)].map(([, path]) => path)).toEqual([]);
  });
});

describe('the wasm modules', () => {
  const modules = TIERS.flatMap((tier) => {
    const bytes = readFileSync(dist(`wasm/${tier}.wasm`));
    return WebAssembly.validate(bytes) ? [[tier, new WebAssembly.Module(bytes)] as const] : [];
  });

  it('import nothing, and all export the same', () => {
    expect(modules.map(([tier]) => tier)).toEqual(expect.arrayContaining(['simd', 'scalar']));
    const [, first] = modules[0]!;
    for (const [tier, module] of modules) {
      expect(WebAssembly.Module.imports(module), tier).toEqual([]);
      expect(WebAssembly.Module.exports(module), tier).toEqual(WebAssembly.Module.exports(first));
    }
    expect(WebAssembly.Module.exports(first).filter(({ kind }) => kind === 'memory')).toEqual([
      { name: 'memory', kind: 'memory' },
    ]);
  });

  it('have what the host calls, and say what they were compiled for', () => {
    for (const [i, [, module]] of modules.entries()) {
      const exports = new WebAssembly.Instance(module).exports as Record<string, () => number>;
      expect(exports.tier!()).toBe({ scalar: 1, simd: 2, relaxed: 3 }[modules[i]![0]]);
      expect(exports.probe!()).toBe(1);
    }
  });

  it('are inlined as they are', async () => {
    for (const tier of TIERS) {
      const inlined = (await import(/* @vite-ignore */ dist(`wasm/${tier}.js`))) as { default: string };
      expect(
        Buffer.from(inlined.default, 'base64').equals(readFileSync(dist(`wasm/${tier}.wasm`))),
        tier,
      ).toBe(true);
    }
  });
});
