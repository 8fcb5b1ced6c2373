import { execFile, spawn } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { HashformerError } from '../../src/errors.ts';
import { readEvaluation, writeEvaluation } from '../../src/train/report/evaluation-file.ts';
import type { TrainingEvent } from '../../src/train/report/events.ts';
import { MetricsFile, readEvents } from '../../src/train/report/metrics-file.ts';
import { RunRecord } from '../../src/train/report/run-record.ts';
import { hashformer, ROOT, temporaryFolder } from '../cli/run.ts';
import { sampleEvaluation, sampleEvents } from './sample-run.ts';

const at = await temporaryFolder();

async function eventsOf(folder: string): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of readEvents(folder)) events.push(event);
  return events;
}

async function written(name: string, events: Iterable<TrainingEvent>): Promise<string> {
  const metrics = await MetricsFile.open(at(name));
  for (const event of events) metrics.append(event);
  metrics.close();
  return at(name);
}

/** What processes of their own import. */
const BUNDLE = pathToFileURL(at('metrics-file.mjs')).href;
await build({
  absWorkingDir: ROOT,
  entryPoints: ['src/train/report/metrics-file.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: at('metrics-file.mjs'),
});

const STEP = [...sampleEvents(1)].find((event) => event.type === 'step')!;

describe('metrics.jsonl', () => {
  it('gives back every event', async () => {
    const events = [...sampleEvents(500)];
    expect(await eventsOf(await written('all', events))).toEqual(events);
  });

  it('keeps numbers that are not finite as what they are not', async () => {
    const folder = await written('nan', [
      { ...STEP, loss: Number.NaN, gradientNorm: Number.POSITIVE_INFINITY },
    ]);
    expect(await eventsOf(folder)).toEqual([{ ...STEP, loss: Number.NaN, gradientNorm: Number.NaN }]);
  });

  it('passes over a torn last line, and goes on after it', async () => {
    const folder = await written('torn', sampleEvents(10));
    const whole = await eventsOf(folder);
    const line = Buffer.from(`${JSON.stringify({ ...STEP, step: 11, note: 'é' })}\n`);
    const file = join(folder, 'metrics.jsonl');
    const before = await readFile(file);
    for (let length = 1; length < line.length; length++) {
      await writeFile(file, Buffer.concat([before, line.subarray(0, length)]));
      expect(await eventsOf(folder)).toEqual(whole);
    }
    const metrics = await MetricsFile.open(folder, 10);
    metrics.append({ ...STEP, step: 11 });
    metrics.close();
    expect(await eventsOf(folder)).toEqual([...whole, { ...STEP, step: 11 }]);
  });

  it('drops what is later than the step that a run goes on from', async () => {
    const folder = await written('resumed', sampleEvents(100));
    (await MetricsFile.open(folder, 60)).close();
    const kept = await eventsOf(folder);
    expect(kept).toEqual([...sampleEvents(100)].filter((event) => !('step' in event) || event.step <= 60));
    expect(kept.filter(({ type }) => type === 'step')).toHaveLength(60);
    expect(await readdir(folder)).toEqual(['metrics.jsonl']);
  });

  it('begins anew where a run does', async () => {
    const folder = await written('anew', sampleEvents(100));
    await written('anew', [STEP]);
    expect(await eventsOf(folder)).toEqual([STEP]);
  });

  it('loses nothing that was appended when the process is killed', async () => {
    const script = `
      import { MetricsFile } from ${JSON.stringify(BUNDLE)};
      const metrics = await MetricsFile.open(${JSON.stringify(at('killed'))});
      for (let step = 1; ; step++) {
        metrics.append({ ...${JSON.stringify(STEP)}, step });
        if (step % 1000 === 0) process.stdout.write(step + '\\n');
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await new Promise<number>((resolve) => {
      child.stdout.on('data', (chunk) => {
        const step = Number(String(chunk).trim().split('\n').at(-1));
        if (step >= 5000) {
          child.kill('SIGKILL');
          resolve(step);
        }
      });
    });
    await new Promise((resolve) => child.on('close', resolve));
    const steps = (await eventsOf(at('killed'))).map((event) => (event as { step: number }).step);
    expect(steps.length).toBeGreaterThanOrEqual(said);
    expect(steps).toEqual(steps.map((_, i) => i + 1));
  });

  it('says which line is no event, and passes over types of later versions', async () => {
    await mkdir(at('damaged'));
    const file = at('damaged', 'metrics.jsonl');
    const sentence = async (line: string) => {
      await writeFile(file, `${JSON.stringify(STEP)}\n${line}\n`);
      const error = await eventsOf(at('damaged')).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(HashformerError);
      expect(error.code).toBe('source');
      return error.message as string;
    };
    expect(await sentence('{"type":"st')).toMatch(/^Line 2 of ".*metrics\.jsonl" is no JSON: /);
    expect(await sentence('[1]')).toContain('it has no type');
    expect(await sentence('{"type":"step","step":1}')).toContain(
      'no event of type step: its "epoch" is undefined',
    );
    expect(await sentence(JSON.stringify({ ...STEP, loss: '<b>' }))).toContain('its "loss" is "<b>"');
    await writeFile(file, `{"type":"later","a":1}\n${JSON.stringify(STEP)}\n`);
    expect(await eventsOf(at('damaged'))).toEqual([STEP]);
    await expect(eventsOf(at('nothing'))).rejects.toThrow('does not exist');
  });

  it('ends after the last whole event when the disk is full', async () => {
    // A limit on the size of files stands in for the disk; the shell's unit is 1,024 bytes.
    const script = `
      import { MetricsFile } from ${JSON.stringify(BUNDLE)};
      process.on('SIGXFSZ', () => undefined);
      const metrics = await MetricsFile.open(${JSON.stringify(at('full'))});
      try { for (;;) metrics.append(${JSON.stringify(STEP)}); } catch (error) { console.log(error.code, error.message); }`;
    await writeFile(at('full.mjs'), script);
    const { stdout } = await promisify(execFile)('bash', [
      '-c',
      `ulimit -f 8; exec ${process.execPath} ${at('full.mjs')}`,
    ]);
    expect(stdout).toMatch(/^source ".*metrics\.jsonl" could not be written: /);
    const text = await readFile(at('full', 'metrics.jsonl'), 'utf8');
    expect(text.length).toBeGreaterThan(7000);
    expect(text.endsWith('}\n')).toBe(true);
  });
});

describe('evaluation.json', () => {
  it('gives back what was written', async () => {
    const evaluation = sampleEvaluation(4);
    await writeEvaluation(at('evaluation'), evaluation);
    expect(await readEvaluation(at('evaluation'))).toEqual(evaluation);
    expect(await readEvaluation(at('all'))).toBeUndefined();
  });

  it.each([
    '{',
    '{}',
    '{"labels":["a"],"metrics":{},"worst":[{}]}',
    '{"labels":["a"],"metrics":{},"worst":[],"confusion":[[1,2]]}',
    '{"labels":["a"],"metrics":{"f1":"<b>"},"worst":[]}',
  ])('is refused when it is none: %s', async (text) => {
    await mkdir(at('bad'), { recursive: true });
    await writeFile(at('bad', 'evaluation.json'), text);
    await expect(readEvaluation(at('bad'))).rejects.toThrow(/evaluation\.json.* is (not JSON|no evaluation)/);
  });
});

describe('the record of a run', () => {
  it('has a page from the first checkpoint on, and `hashformer report` makes the same', async () => {
    const record = await RunRecord.open(at('record'));
    for (const event of sampleEvents(40)) {
      if (event.type === 'end') await record.evaluated(sampleEvaluation(3));
      await record.append(event);
      const files = await readdir(at('record'));
      const later = !('step' in event) || event.step > 2 || event.type === 'checkpoint';
      expect(files.includes('report.html')).toBe(later && event.type !== 'start');
    }
    record.close();
    expect(await readdir(at('record'))).toEqual(['evaluation.json', 'metrics.jsonl', 'report.html']);
    const page = await readFile(at('record', 'report.html'));
    await appendFile(at('record', 'report.html'), 'changed');
    const { code, stdout, stderr } = await hashformer(['report', at('record')]);
    expect([code, stdout, stderr]).toEqual([0, `${at('record', 'report.html')}\n`, '']);
    expect(await readFile(at('record', 'report.html'))).toEqual(page);
  });

  it('shows no evaluation of an earlier run', async () => {
    await writeEvaluation(at('again'), sampleEvaluation(3));
    const record = await RunRecord.open(at('again'));
    for (const event of sampleEvents(3)) await record.append(event);
    record.close();
    expect(await readFile(at('again', 'report.html'), 'utf8')).not.toContain('Most wrong');
    expect(await readdir(at('again'))).toEqual(['metrics.jsonl', 'report.html']);
  });

  it('goes to TensorBoard, bit by bit as its format says', async () => {
    const { code, stdout } = await hashformer(['report', at('record'), '--tensorboard']);
    expect([code, stdout.split('\n')[1]]).toEqual([0, at('record', 'tensorboard')]);
    const [file] = await readdir(at('record', 'tensorboard'));
    expect(file).toMatch(/^events\.out\.tfevents\./);
    const bytes = await readFile(at('record', 'tensorboard', file!));
    // The first record holds the version; TensorFlow writes these sums for a length of 24.
    expect(bytes.readBigUInt64LE(0)).toBe(24n);
    expect(bytes.subarray(8, 12).toString('hex')).toBe('a37f4b22');
    expect(bytes.subarray(21, 36).toString('latin1')).toBe('\u001a\rbrain.Event:2');
    let records = 0;
    for (let i = 0; i < bytes.length; i += Number(bytes.readBigUInt64LE(i)) + 16) records++;
    expect(records).toBe(1 + 40 + 20);
  });

  it('is no page without a run', async () => {
    const { code, stderr } = await hashformer(['report', at('nowhere')]);
    expect(code).toBe(1);
    expect(stderr).toContain('metrics.jsonl" does not exist; a training run writes it into its folder.');
    expect((await hashformer(['report'])).code).toBe(2);
  });
});
