import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../cli/run.ts';

const script = new URL('../../scripts/review-sentences.mjs', import.meta.url).pathname;
const REVIEWS = [
  "It doesn't work (at all)... \"Crossroads\" isn't Nolan's best.<br /><br />You cannot miss 2,000 extras -- never! Bad film.",
  'This is one sentence that a careful dev set holds, word for word, I fear. This one only it has.',
  "A gorgeous, witty, seductive movie! It does n't work ( at all ) ...",
];

const at = await temporaryFolder();
beforeAll(async () => {
  await mkdir(at('sst2'));
  await writeFile(
    at('sst2', 'dev.tsv'),
    'sentence\tlabel\none sentence that a careful dev set holds\t1\na gorgeous , witty , seductive movie .\t1\n',
  );
  await writeFile(at('sst2', 'test.tsv'), 'index\tsentence\n0\tsomething else\n');
  await writeFile(at('reviews.tsv'), `label\ttext\n${REVIEWS.map((text) => `neg\t${text}\n`).join('')}`);
});

async function sentences(...more: string[]): Promise<string[]> {
  const args = [script, '--sst2', at('sst2'), ...more, at('reviews.tsv')];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout.trimEnd().split('\n');
}

describe('scripts/review-sentences.mjs', () => {
  it('spells as SST-2, once each, without what dev or test has and what is too short', async () => {
    expect((await sentences()).sort()).toEqual([
      "`` crossroads '' is n't nolan 's best .",
      "it does n't work ( at all ) ...",
      'this one only it has .',
      'you can not miss 2,000 extras -- never !',
    ]);
  });

  it('samples by the sentences alone', async () => {
    const all = await sentences();
    expect(await sentences('--count', '2')).toEqual(all.slice(0, 2));
  });
});
