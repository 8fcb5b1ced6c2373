// Hosts that are not JavaScript, as docs/hosts has them: Python over wasmtime, and Rust over wasmi where the variable
// WASMI names the built program (`cargo build --release` in docs/hosts/wasmi).

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { HashFormer, pipeline } from '../../src/index.ts';
import { ROOT } from '../cli/run.ts';
import { digest } from '../digest/digest.ts';
import { joinDigests, record } from '../digest/record.ts';
import { differingBits, emptyFolder, load, tinyModel } from '../helpers.ts';
import { describeUnless, needsRuntime } from '../needs.ts';

const TEXT = 'a gorgeous, witty, seductive movie';
const SENTENCES = fileURLToPath(new URL('../digest/sentences.json', import.meta.url));
const texts: string[] = JSON.parse(readFileSync(SENTENCES, 'utf8'));

function run(program: string, ...args: string[]): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`exit ${status}: ${error ?? stderr}`);
  return stdout;
}

/** A Python that has what classify.py imports: PYTHON, or one of ours in .cache; else why there is none. */
function findPython(): { python?: string; reason: string } {
  if (process.env.PYTHON !== undefined) return { python: process.env.PYTHON, reason: '' };
  const python = join(ROOT, '.cache', 'python', 'bin', 'python');
  const works = () => spawnSync(python, ['-c', 'import safetensors, wasmtime']).status === 0;
  if (existsSync(python) && works()) return { python, reason: '' };
  if (spawnSync('python3', ['-m', 'venv', join(ROOT, '.cache', 'python')]).status !== 0) {
    return { reason: 'there is no python3 that can make a virtual environment' };
  }
  const { stderr } = spawnSync(python, ['-m', 'pip', 'install', '-q', 'safetensors', 'wasmtime']);
  if (works()) return { python, reason: '' };
  return { reason: `pip does not install wasmtime: ${String(stderr).trim().split('\n').at(-1)}` };
}

/** Node's digests of both models over the texts. */
async function expected() {
  const classify = await pipeline('text-classification');
  const embed = await pipeline('feature-extraction');
  return {
    sentiment: digest((await classify.model.logits(texts)).data),
    sentence: digest((await embed(texts)).data),
  };
}

/** Models of every variant that hashes by text alone, whose sizes are multiples of nothing, in both layouts and in int8. */
const KINDS = [
  { variant: 'emb', hash: 'md5' },
  { variant: 'emb', hash: 'simhash', boundary_marks: false },
  { variant: 'pool', hash: 'simhash' },
  { variant: 'add', hash: 'md5' },
  { variant: 'proj', hash: 'simhash' },
  { variant: 'ngram', embedding_size: 9 },
  { variant: 'ngram', hash_keys: ['a', 'b'], ngram_range: null },
].flatMap((fields) =>
  (['reference', 'hashformer'] as const).flatMap((layout) =>
    (['f32', 'int8'] as const).map((dtype) => ({ fields, layout, dtype })),
  ),
);
const SOME = ['', 'a', TEXT, ...texts.slice(0, 5)];

/** A folder of such a model, and the logits that Node gives. */
async function writeModel({ fields, layout, dtype }: (typeof KINDS)[number]) {
  const folder = await emptyFolder();
  const model = await load(tinyModel(fields), { tier: 'scalar' });
  await model.save(folder, { layout, dtype });
  const saved = await HashFormer.load(folder, { tier: 'scalar' });
  const { data } = await saved.logits(SOME);
  saved.dispose();
  return { folder, logits: data };
}

const { python, reason } = findPython();
describeUnless(reason, 'Python over wasmtime', () => {
  const script = join('docs', 'hosts', 'classify.py');
  const wasm = (tier: string) => join('dist', 'wasm', `${tier}.wasm`);

  it('classifies in under 120 lines', async () => {
    expect(readFileSync(join(ROOT, script), 'utf8').split('\n').length - 1).toBeLessThan(120);
    const classify = await pipeline('text-classification');
    const said = run(python!, script, join('models', 'sentiment'), wasm('simd'), TEXT, '').toString();
    const answers = [await classify(TEXT), await classify('')].map(([answer]) => answer!);
    expect(said).toBe(
      `${answers[0]!.score}\tPOSITIVE\t${TEXT}\n${answers[1]!.score}\t${answers[1]!.label}\t\n`,
    );
  });

  it.each(KINDS)('runs $fields by abi.json, $layout layout, $dtype', async (kind) => {
    const { folder, logits } = await writeModel(kind);
    const given = join(await emptyFolder(), 'texts.json');
    writeFileSync(given, JSON.stringify(SOME));
    const program = join('test', 'runtimes', 'hosts.py');
    const said = run(python!, program, wasm('scalar'), given, folder, '3', 'emitLogits');
    expect(differingBits(new Float32Array(new Uint8Array(said).buffer), logits)).toBe(0);
  });

  it('computes the bits that Node does, on simd and scalar', async () => {
    const bytes = (tier: string, model: string, ...how: string[]) =>
      run(
        python!,
        join('test', 'runtimes', 'hosts.py'),
        wasm(tier),
        SENTENCES,
        join('models', model),
        ...how,
      );
    const node = await expected();
    for (const tier of ['simd', 'scalar']) {
      const sentiment = digest(bytes(tier, 'sentiment', '2', 'emitLogits'));
      const sentence = digest(bytes(tier, 'sentence', '384', 'emitSentences', '1', '1'));
      expect({ tier, sentiment, sentence }).toEqual({ tier, ...node });
    }
    const version = run(python!, '-c', "from importlib.metadata import version; print(version('wasmtime'))")
      .toString()
      .trim();
    const joined = joinDigests(node);
    record(`Python, wasmtime ${version}`, 'Cranelift', { simd: joined, scalar: joined });
  });
});

const WASMI = process.env.WASMI;
describeUnless(needsRuntime('WASMI'), 'wasmi', () => {
  /** The bits that it prints of texts, as bytes. */
  function bits(folder: string, given: readonly string[]): Uint8Array {
    const said = run(WASMI!, folder, 'dist/wasm/scalar.wasm', ...given).toString();
    const words = said
      .trimEnd()
      .split('\n')
      .flatMap((line) => line.split('\t')[0]!.split(' '));
    return new Uint8Array(Uint32Array.from(words, (word) => Number.parseInt(word, 16)).buffer);
  }

  it('names the label', () => {
    expect(run(WASMI!, 'models/sentiment', 'dist/wasm/scalar.wasm', TEXT).toString()).toMatch(
      /^[0-9a-f]{8} [0-9a-f]{8}\t\[.+\]\t"POSITIVE"\n$/,
    );
  });

  it.each(KINDS)('runs $fields by abi.json, $layout layout, $dtype', async (kind) => {
    const { folder, logits } = await writeModel(kind);
    expect(differingBits(new Float32Array(bits(folder, SOME).buffer), logits)).toBe(0);
  });

  it('interprets the scalar tier to the bits that Node computes', { timeout: 1_200_000 }, async () => {
    const node = await expected();
    const sentiment = digest(bits('models/sentiment', texts));
    const sentence = digest(bits('models/sentence', texts));
    expect({ sentiment, sentence }).toEqual(node);
    const lock = readFileSync(join(ROOT, 'docs', 'hosts', 'wasmi', 'Cargo.lock'), 'utf8');
    const version = lock.match(/name = "wasmi"\nversion = "(.+)"/)![1];
    record(`Rust, wasmi ${version}`, 'an interpreter', { scalar: joinDigests(node) });
  });
});
