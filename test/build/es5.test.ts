// The transform to ES5 (scripts/build/es5.mjs): what it replaces computes the same, what it does not know fails the build
// with its place.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { emptyFolder } from '../helpers.ts';

interface Failure {
  errors: { text: string; location: { file: string; line: number; lineText: string } }[];
}
type BundleEs5 = (entry: string, globalName: string, names: string[]) => Promise<{ code: string }>;

const { bundleEs5 } = (await import(new URL('../../scripts/build/es5.mjs', import.meta.url).href)) as {
  bundleEs5: BundleEs5;
};

/** Expressions of TypeScript that compute the same with what takes the place of newer libraries. */
const RIGHT = [
  `(() => { const m = new Map<string, number>(); m.set('a', 1).set('b', 2); return [m.size, m.get('b'), m.has('c'), [...m.keys()]]; })()`,
  `(() => { const m = new Map<'a' | 'b', number>(); m.set('a', 1); const seen = []; for (const key of m.keys()) seen.push(key); return seen; })()`,
  `(() => { const s = new Set<string>(); s.add('x').add('x'); return [s.has('x'), s.has('y')]; })()`,
  `(() => { const list = new Int32Array(3); list[1] = 7; return [list.length, list[1], list.includes(7), list.slice(1).length]; })()`,
  `(() => { const own = { find: (x: number) => x + 1, includes: () => 'own', entries: 3 }; return [own.find(1), own.includes(), own.entries]; })()`,
  `(() => { class Own { size = 2; fill() { return this.size; } } return new Own().fill(); })()`,
  `[[1, 2, 3].find((x) => x > 1), [1, 2].includes(2), [Number.NaN].includes(Number.NaN), 'abc'.includes('bc'), 'abc'.startsWith('ab'), 'abc'.endsWith('bc'), 'c'.endsWith('bc'), [1, 2].flatMap((x, i) => (i ? [x, x] : x))]`,
  `(() => { const either: string | string[] = [['a'], 'b'][0]!; return either.includes('a'); })()`,
  `(() => { const seen = []; for (const [i, x] of ['a', 'b'].entries()) seen.push(i + x); return seen; })()`,
  `[Object.entries({ a: 1 }), Object.values({ a: 1 }), Object.fromEntries([['a', 1]]), Object.hasOwn({ a: 1 }, 'a')]`,
  `[Array.from({ length: 2 }, (_, i) => i), Array.from(new Map<string, number>().keys()), Math.trunc(-1.5), [1.5, 2].every(Number.isInteger)]`,
  `(() => { const [a, ...rest] = [1, 2, 3]; return [a, rest, Math.max(...rest), 2 ** 3, 'a😀'.codePointAt(1)]; })()`,
  `(() => { const text = new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([195, 164])); return text; })()`.replace(
    'new Uint8Array([195, 164])',
    '[195, 164] as unknown as Uint8Array',
  ),
  `((n: number) => ({ n, ...{ m: n } }))(1)`,
  `typeof Math.clz32 === 'function' ? Math.clz32(1) : 31`,
];

/** Statements that ES5 lacks a part of, and what the error says. */
const REFUSED: [string, RegExp][] = [
  [`export const a1 = new Map([['a', 1], ['b', 2]]).size;`, /StringMap is made of nothing/],
  [`export const a2 = new Map<number, string>();`, /strings alone/],
  [`export function a3(m: Map<string, number>) { for (const [k] of m) return k; }`, /arrays alone, not Map/],
  [`export function a4(m: Map<string, number>) { return [...m.entries()]; }`, /Map\.entries/],
  [`export function a5(m: Map<string, number>) { m.forEach(() => 0); }`, /Map\.forEach/],
  [`export const a6 = new Int32Array([7, 8]).length;`, /Int32Array is made of a length/],
  [`export const a7 = new Float64Array(2);`, /no Float64Array/],
  [`export const a8 = new WeakMap();`, /no WeakMap/],
  [`export const a9 = Symbol('x');`, /no Symbol/],
  [`export const b1 = Promise.resolve(1);`, /no Promise/],
  [`export const b2 = async (x: number) => await x;`, /async functions/],
  [`export const b3 = 'x'.padStart(3);`, /String\.padStart/],
  [`export const b4 = [1].flat();`, /Array\.flat/],
  [`export const b5 = [1].includes(1, 1);`, /more arguments/],
  [`export const b6 = [1].find((x, i) => i > x);`, /a function of more arguments/],
  [`export function b7(s?: string) { return s?.includes('x'); }`, /after \?\./],
  [`export const b8 = 'x'.includes;`, /can only be called/],
  [`export function b9(s: string) { for (const c of s) return c; }`, /not string/],
  [`export const c1 = Array.from('ab');`, /of what is no list/],
  [`export const c2 = /(?<year>\\d+)/.exec('1');`, /regular expression/],
  [`export const c3 = /x/u;`, /regular expression/],
  [`export const c4 = /(?<=a)b/;`, /regular expression/],
  [`export const c5 = new RegExp('x', 'y');`, /flags/],
  [`export const c6 = new Error('x', { cause: 1 });`, /at most 1 arguments/],
  [`export const c7 = Math.hypot(1, 2);`, /Math\.hypot/],
  [`export function c8(x: any) { return x.includes(1); }`, /has no type/],
  [`export class C9 extends Map<string, number> {}`, /cannot extend/],
  [`export function d1({ size }: Set<string>) { return size; }`, /no \.size/],
  [`export function d2([a]: Set<string>) { return a; }`, /takes arrays apart/],
  [`export const d3 = globalThis;`, /no globalThis/],
  [`export const d4 = { Symbol };`, /no Symbol/],
  [`export function* d5() { yield 1; }`, /generators/],
  [`export const d6 = 1n;`, /no 1n/],
  [`export function d7(x: Uint8Array) { return x.buffer; }`, /Uint8Array\.buffer/],
  [`export function d8(x: Uint8Array) { return x.map((y) => y); }`, /Uint8Array\.map/],
  [`export const d9 = new URL('x:');`, /no URL/],
  [`export const e1 = 'x'['padEnd'](2);`, /String\.padEnd/],
  [`export const e2 = Math.max(...new Set<number>());`, /strings alone|not Set/],
  [
    `export let e3 = 0; export function e4(m: Set<number>) { [e3] = m as unknown as Set<number>; }`,
    /not Set/,
  ],
  [
    `export function e6(x: string[] | { includes(y: string): string }) { return x.includes('a'); }`,
    /the sources' own/,
  ],
  [`export const e5 = Object.assign({}, { a: 1 }, { b: 2 });`, /more arguments/],
];

async function bundled(source: string, names: string[]): Promise<string> {
  const folder = await emptyFolder();
  const entry = join(folder, 'entry.ts');
  writeFileSync(entry, source);
  return (await bundleEs5(entry, 'probe', names)).code;
}

/** An engine of ES5, as far as what it lacks: nothing newer is there to fall back on. */
function es5Engine() {
  const context = createContext({});
  runInContext(
    `(function (global) {
      var newer = ['Map', 'Set', 'WeakMap', 'WeakSet', 'Promise', 'Proxy', 'Reflect', 'BigInt', 'TextDecoder',
        'Int32Array', 'Uint32Array', 'Float64Array'];
      newer.forEach(function (name) { delete global[name]; });
      function keep(object, names) {
        Object.getOwnPropertyNames(object).forEach(function (name) { if (names.indexOf(name) < 0) delete object[name]; });
      }
      keep(Array.prototype, ('constructor length concat every filter forEach indexOf join lastIndexOf map pop push reduce ' +
        'reduceRight reverse shift slice some sort splice toLocaleString toString unshift').split(' '));
      delete Array.prototype[Symbol.iterator];
      keep(String.prototype, ('constructor length charAt charCodeAt concat indexOf lastIndexOf localeCompare match replace ' +
        'search slice split substr substring toLowerCase toString toUpperCase trim valueOf').split(' '));
      delete String.prototype[Symbol.iterator];
      keep(Math, ('abs acos asin atan atan2 ceil cos exp floor log max min pow random round sin sqrt tan E LN10 LN2 LOG10E ' +
        'LOG2E PI SQRT1_2 SQRT2').split(' '));
      keep(Number, ['length', 'name', 'prototype', 'MAX_VALUE', 'MIN_VALUE', 'NaN', 'NEGATIVE_INFINITY', 'POSITIVE_INFINITY']);
      keep(Object, ('length name prototype create defineProperties defineProperty freeze getOwnPropertyDescriptor ' +
        'getOwnPropertyNames getPrototypeOf isExtensible isFrozen isSealed keys preventExtensions seal').split(' '));
      keep(Array, ['length', 'name', 'prototype', 'isArray']);
      keep(String, ['length', 'name', 'prototype', 'fromCharCode']);
      delete global.Symbol;
      delete global.globalThis;
    })(this)`,
    context,
  );
  return context;
}

describe('sources brought down to ES5', () => {
  it('compute what they do as they are, in an engine that has nothing newer', async () => {
    const source = `export const results = [\n${RIGHT.join(',\n')},\n];\n`;
    const { outputFiles } = await build({
      stdin: { contents: `${source}globalThis.results = results;`, loader: 'ts' },
      bundle: true,
      write: false,
      format: 'iife',
    });
    const plain = createContext({
      TextDecoder: class {
        decode = () => 'ä';
      },
    });
    runInContext(outputFiles[0]!.text, plain);
    const engine = es5Engine();
    runInContext(await bundled(source, ['results']), engine);
    const [got, expected] = [engine.probe.results, plain.results].map((results: unknown[]) =>
      results.map((one, i) => ({ of: RIGHT[i], is: JSON.stringify(one) })),
    );
    expect(got).toEqual(expected);
  }, 240_000);

  it('are refused, each with its line, where ES5 lacks what they use', async () => {
    const source = REFUSED.map(([statement]) => statement).join('\n');
    const names = [...source.matchAll(/export (?:async )?(?:const|let|function\*?|class) (\w+)/g)].map(
      ([, name]) => name!,
    );
    const failure = (await bundled(source, names).catch((error: unknown) => error)) as Failure;
    const { errors } = failure;
    expect(errors, String(failure)).toBeInstanceOf(Array);
    for (const [i, [statement, says]] of REFUSED.entries()) {
      const here = errors.filter(({ location }) => location.line === i + 1);
      expect({ statement, errors: here.map(({ text }) => text).join(' ') }).toMatchObject({
        statement,
        errors: expect.stringMatching(says),
      });
      expect(here[0]!.location.lineText).toBe(statement);
      expect(here[0]!.location.file).toMatch(/entry\.ts$/);
    }
  }, 240_000);

  it('may use anything where nobody calls it', async () => {
    const code = await bundled(
      `function never(m: Map<number, number>) { return [...m.entries()].flat(); }\nexport const results = typeof never;`,
      ['results'],
    ).catch((error: unknown) => error);
    // `typeof` is a use.
    expect(code).toBeInstanceOf(Error);
    await expect(
      bundled(`export const unused = 1; function never() { return [1].flat(); }\nexport const results = 2;`, [
        'results',
      ]),
    ).resolves.toContain('probe');
  }, 240_000);
});
