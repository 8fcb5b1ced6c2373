import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { weaknesses } from './weak-tests.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));

it('no test can be green without proof, or red without a fault', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    // What skips in words, and the samples below.
    (name) => name.endsWith('.ts') && name !== 'needs.ts' && !name.startsWith('house'),
  );
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((name) =>
    weaknesses(name, readFileSync(join(folder, name), 'utf8')).map(
      ({ line, message }) => `test/${name}:${line}: ${message}`,
    ),
  );
  expect(found).toEqual([]);
});

describe('the rules', () => {
  const messages = (text: string) => weaknesses('a.test.ts', text).map(({ message }) => message);

  it.each([
    ["it('a', () => { if (missing) return; expect(a).toBe(1); });", 'a return in the midst'],
    ["it.each([1])('a', async (n) => { if (n) return; expect(n).toBe(0); });", 'a return in the midst'],
    ["itUnless(why, 'a', () => { for (const x of y) { if (x) return; } });", 'a return in the midst'],
    ["it.skipIf(bad)('a', () => { expect(a).toBe(1); });", 'use itUnless()'],
    ["describe.skipIf(bad)('a', () => {});", 'use itUnless()'],
    ["it.todo('a');", 'use itUnless()'],
    ["it.only('a', () => {});", 'use itUnless()'],
    ["it.skipIf(bad).each([1])('a', () => {});", 'use itUnless()'],
    ["it('a', (context) => { context.skip(); });", 'its reason in words'],
    ["it('a', (context) => { context.skip(bad); });", 'its reason in words'],
    ['const random = new Random(Date.now());', 'freshSeed'],
    ['const x = Math.random();', 'cannot be repeated'],
    ["setTimeout(() => child.kill('SIGINT'), 1500);", 'ends something after a fixed time'],
    ['setTimeout(() => controller.abort(), 60);', 'ends something after a fixed time'],
    ['await new Promise((resolve) => setTimeout(resolve, 2_000));', 'sleeps for a fixed time'],
    ['for (const x of y) await new Promise((wake) => setTimeout(wake, 50));', 'sleeps for a fixed time'],
    ["import { setTimeout as wait } from 'node:timers/promises';", 'sleeps for a fixed time'],
    ['expect(name).toBeTruthy();', 'takes almost anything'],
    ['expect(name).toMatchSnapshot();', 'write what is right'],
    ['expect(run()).rejects.toThrow();', 'must be awaited'],
    ['expect(performance.now() - begun).toBeLessThan(100);', 'a timing decides'],
    ['const took = performance.now() - begun; expect(took).toBeLessThan(100);', 'a timing decides'],
    ['const took = Date.now() - begun; expect(5).toBeLessThan(took / 2);', 'a timing decides'],
    ["it('a', () => { try { run(); } catch (error) { expect(error).toBe(1); } });", 'may never run'],
    ['expect(model.config).toEqual(model.config);', 'with itself'],
  ])('find what is wrong in %s', (text, message) => {
    expect(messages(text)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    "it('a', async () => { const f = () => { return 1; }; expect(f()).toBe(1); });",
    "it('a', (context) => { context.skip(bad, 'there is no browser'); expect(a).toBe(1); });",
    "it('a', (context) => { context.skip('there is no browser'); });",
    'while (!done()) await new Promise((wake) => setTimeout(wake, 20));',
    "setTimeout(() => child.kill('SIGKILL'), 40 * random.uniform());",
    "await expect(run()).rejects.toThrow('x');",
    'expect(first()).toBe(first());',
    'const begun = Date.now(); while (Date.now() - begun < 5) run(); expect(count).toBe(5);',
  ])('let pass %s', (text) => {
    expect(messages(text)).toEqual([]);
  });
});
