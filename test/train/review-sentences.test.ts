import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = new URL('../../scripts/review-sentences.mjs', import.meta.url).pathname;
const REVIEWS = [
  "It doesn't work (at all)... \"Crossroads\" isn't Nolan's best.<br /><br />You cannot miss 2,000 extras -- never! Bad film.",
  'This is one sentence that a careful dev set holds, word for word, I fear. This one only it has.',
  "A gorgeous, witty, seductive movie! It does n't work ( at all ) ...",
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hashformer-reviews-'));
  await mkdir(join(folder, 'sst2'));
  await writeFile(
    join(folder, 'sst2', 'dev.tsv'),
    'sentence\tlabel\none sentence that a careful dev set holds\t1\na gorgeous , witty , seductive movie .\t1\n',
  );
  await writeFile(join(folder, 'sst2', 'test.tsv'), 'index\tsentence\n0\tsomething else\n');
  await writeFile(
    join(folder, 'reviews.tsv'),
    `label\ttext\n${REVIEWS.map((text) => `neg\t${text}\n`).join('')}`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function sentences(...more: string[]): Promise<string[]> {
  const args = [script, '--sst2', join(folder, 'sst2'), ...more, join(folder, 'reviews.tsv')];
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
