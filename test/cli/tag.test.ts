// The command of a task that has only its record.

import { expect, it } from 'vitest';
import { pipeline } from '../../src/index.ts';
import { load, tinyModel } from '../helpers.ts';
import { hashformer, linesOf, temporaryFolder } from './run.ts';

const at = await temporaryFolder();
const TEXTS = ['Ann met Bob', 'nobody', ''];

it('gives a row a token, as the pipeline does', async () => {
  const model = await load(tinyModel({ token_labels: ['O', 'PER', 'LOC'] }));
  await model.save(at('model'));
  const tag = await pipeline('token-classification', model);
  for (const [options, how] of [
    [[], {}],
    [['--ignore-labels', ''], { ignore_labels: [] }],
    [['--ignore-labels', 'PER,LOC', '--batch-size', '1'], { ignore_labels: ['PER', 'LOC'] }],
  ] as const) {
    const run = await hashformer(['tag', '--model', at('model'), ...TEXTS, ...options]);
    expect([run.code, run.stderr]).toEqual([0, '']);
    const expected = (await tag(TEXTS, how)).flatMap((tokens, i) =>
      tokens.map((token) => ({ text: TEXTS[i], ...token, score: expect.closeTo(token.score, 5) })),
    );
    expect(linesOf(run.stdout)).toEqual(expected);
  }
  const csv = await hashformer(['tag', '--model', at('model'), 'Ann', '--csv', '--ignore-labels', '']);
  expect(csv.stdout).toMatch(/^text,entity,score,index,word,start,end\nAnn,(O|PER|LOC),[\d.]+,1,ann,0,3\n$/);
});

it('says what it needs, and what it takes', async () => {
  const none = await hashformer(['tag', 'a']);
  expect([none.code, none.stderr]).toEqual([
    2,
    expect.stringContaining('No model that ships with this package does token-classification; name one'),
  ]);
  const missing = await hashformer(['tag', '--model', 'sentiment', 'a']);
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('no token head')]);
  const help = await hashformer(['tag', '--help']);
  expect(help.stdout).toContain('--ignore-labels <names>');
  expect(help.stdout).not.toContain('--pair');
  expect((await hashformer(['--help'])).stdout).toMatch(/\n {2}tag +give labels of tokens\n/);
});
