import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { ended, hashformer, linesOf, start, temporaryFolder } from './run.ts';

const at = await temporaryFolder();
const words = 'the old cat sees a small house near some tall tree while one bird sings over water'.split(' ');
const line = (i: number) => words.map((_, j) => words[(i * j + j * j) % words.length]).join(' ');
const corpus = at('corpus.txt');

beforeAll(async () => {
  await writeFile(corpus, `${Array.from({ length: 300 }, (_, i) => line(i)).join('\n')}\n`);
});

const command = (...more: string[]) => ['pretrain', '--data', corpus, '--variant', 'pool', ...more];
const small = ['--preset', 'tiny', '--batch-size', '4', '--max-length', '24', '--evaluate-every', '5'];
const weights = (folder: string, kind = 'last') => readFile(at(folder, kind, 'model.safetensors'), 'hex');

/** Events of a kind that a run has written. */
async function events(folder: string, type: string) {
  return linesOf(await readFile(at(folder, 'metrics.jsonl'), 'utf8')).filter((event) => event.type === type);
}

describe('hashformer pretrain', () => {
  it('trains a preset, says how well, and writes a model that other commands take', async () => {
    const args = command(...small, '--steps', '10', '--objective', 'both', '-o', at('run'));
    const { code, stdout, stderr } = await hashformer(args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('Pre-training: ');
    expect(stderr).toContain('corpus: 300 paragraphs');
    expect(stdout).toMatch(/^steps +10, /);
    expect(stdout).toMatch(/dev +.*bit accuracy 0\.\d+/);
    expect(stdout).toContain(`hashformer finetune --model ${at('run')}/best`);
    expect(await readFile(at('run', 'report.html'), 'utf8')).toContain('accuracy_shuffled');
    const inspected = await hashformer(['inspect', at('run', 'best'), '--json']);
    expect(inspected.code).toBe(0);
    const embedded = await hashformer(['embed', '--model', at('run', 'best'), 'the old cat', '--jsonl']);
    expect(embedded.code).toBe(0);
    await writeFile(at('train.csv'), 'text,label\na cat,x\na bird,y\nsome cat,x\nold bird,y\n');
    const data = ['--train', at('train.csv'), '--hold-out', '0.5', '--epochs', '1'];
    const tuned = await hashformer(['finetune', '--model', at('run', 'last'), ...data, '-o', at('tuned')]);
    expect(tuned).toMatchObject({ code: 0 });
  });

  it('reads gzip, and prints JSON and nothing else where it is told to', async () => {
    await writeFile(at('corpus.txt.gz'), gzipSync(await readFile(corpus)));
    const data = ['pretrain', '--data', at('corpus.txt.gz'), '--variant', 'pool', ...small];
    const more = ['--steps', '2', '--batch-size', '4', '--json', '--quiet', '-o', at('json')];
    const { code, stdout, stderr } = await hashformer([...data, ...more]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ reason: 'finished', steps: 2, plannedSteps: 2 });
    expect(result.metrics.bit_accuracy).toBeGreaterThan(0.3);
  });

  it('goes on after kill -9 and after Ctrl-C with the weights of an unbroken run', async () => {
    const args = (folder: string) => command(...small, '--steps', '40', '-o', at(folder));
    expect((await hashformer(args('whole'))).code).toBe(0);
    const killed = start(args('broken'));
    const done = ended(killed);
    while ((await events('broken', 'checkpoint').catch(() => [])).length < 3) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    killed.kill('SIGKILL');
    await done;
    const stopped = start([...args('broken'), '--resume']);
    const told = ended(stopped);
    await once(stopped.stderr!, 'data');
    stopped.kill('SIGINT');
    const { code, stderr } = await told;
    expect(code).toBe(130);
    expect(stderr).toMatch(/to go on: hashformer pretrain .*--resume\n$/);
    const rest = await hashformer([...args('broken'), '--resume']);
    expect(rest).toMatchObject({ code: 0 });
    expect(await weights('broken')).toBe(await weights('whole'));
    expect(await weights('broken', 'best')).toBe(await weights('whole', 'best'));
    const losses = async (folder: string) =>
      (await events(folder, 'step')).map(({ step, loss }) => [step, loss]);
    expect(await losses('broken')).toEqual(await losses('whole'));
  });

  it('says in a sentence what is wrong, and writes nothing', async () => {
    const utf16 = at('utf16.txt');
    await writeFile(utf16, Buffer.from('\ufeffsome text\n', 'utf16le'));
    await writeFile(at('empty.txt'), '\n\n');
    const cases: [string[], number, RegExp][] = [
      [['--data', at('none.txt')], 1, /There is no file or folder/],
      [['--data', at('empty.txt')], 1, /no text to train on/],
      [['--data', utf16], 1, /UTF-16/],
      [['--data', corpus, '--objective', 'mlm'], 2, /Allowed choices are signature, shuffled-random, both/],
      [['--data', corpus, '--steps', '3', '--epochs', '1'], 2, /cannot be used with/],
      [['--data', corpus, '--variant', 'vocab'], 2, /--tokenizer/],
      [[], 2, /--data/],
    ];
    for (const [args, code, message] of cases) {
      const result = await hashformer(['pretrain', ...args, '--preset', 'tiny', '-o', at('bad')]);
      expect(result).toMatchObject({ code, stdout: '' });
      expect(result.stderr).toMatch(message);
    }
    await expect(readFile(at('bad', 'metrics.jsonl'))).rejects.toThrow();
  });

  it('explains itself', async () => {
    const { code, stdout } = await hashformer(['pretrain', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--preset tiny -o ./pretrained');
    expect(stdout).toContain('sequences of a step (default: 64)');
    expect(stdout).toContain('(default: linear)');
    for (const text of stdout.split('\n')) expect(text.length).toBeLessThanOrEqual(100);
  });
});
