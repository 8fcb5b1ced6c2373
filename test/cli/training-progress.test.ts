import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { TrainingProgress } from '../../src/cli/training-progress.ts';
import type { StepEvent, TrainingEvent } from '../../src/train/report/events.ts';
import { sampleEvents } from '../train/sample-run.ts';

interface Place {
  isTTY?: boolean;
  columns?: number;
  quiet?: boolean;
}

/** What is written in a place while the clock goes as the run's; a step takes about 33 ms. */
async function said(
  events: Iterable<TrainingEvent>,
  { quiet = false, ...place }: Place = {},
): Promise<string> {
  const stream = Object.assign(new PassThrough(), place);
  let now = 1000;
  const progress = new TrainingProgress({ quiet, stream, now: () => now });
  for (const event of events) {
    if (event.type === 'step') now = 1000 + event.seconds * 1000;
    await progress.update(event);
  }
  progress.stop();
  stream.end();
  return (await stream.toArray()).join('');
}

describe('training progress', () => {
  it('is a line every half minute, and one an evaluation, where there is no terminal', async () => {
    const lines = (await said(sampleEvents(3000))).trimEnd().split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'Fine-tuning: 692,930 parameters, 3,000 steps, 2 workers',
      'train: 67,349 rows of train.csv',
      'dev: 872 rows of dev.csv',
      'note: The dev set is partial: 436 of 872 rows.',
    ]);
    expect(lines.at(-1)).toMatch(/^finished after 3,000 steps, 1 min 40 s$/);
    const steps = lines.filter((line) => line.includes(' of 3,000 | '));
    // 100 seconds have three half minutes.
    expect(steps).toHaveLength(3);
    expect(steps[0]).toMatch(
      /^step 90\d of 3,000 \| 2 min left \| loss 0\.[45]\d+ \| best accuracy 0\.\d+ \| 2[01],\d{3} tokens\/s$/,
    );
    expect(steps[2]).toMatch(/\| (9|10|11) s left \|/);
    const evaluations = lines.filter((line) => line.includes('dev loss'));
    expect(evaluations).toHaveLength(20);
    expect(evaluations[0]).toMatch(
      /^step 150 \| dev loss [\d.]+, accuracy [\d.]+, f1 [\d.]+, perplexity 41 \(best so far\)$/,
    );
  });

  it('is a bar on a terminal, with lines above it', async () => {
    const shown = await said(sampleEvents(300), { isTTY: true, columns: 120 });
    expect(shown).toMatch(
      /█{8} 100% \| step 300 of 300 \| 0 s left \| loss 0\.\d+ \| best accuracy 0\.8\d* \| 2\d,\d{3} tokens\/s/,
    );
    expect(shown).toMatch(/step 300 \| dev loss/);
    expect(shown.trimEnd()).toMatch(/finished after 300 steps, \d+(\.\d)? (s|min \d+ s)$/);
    const narrow = await said(sampleEvents(300), { isTTY: true, columns: 80 });
    const bars = narrow.match(/[█░]{8} \d+% [^\n]*?tokens\/s/g)!;
    expect(Math.max(...bars.map((bar) => bar.length))).toBeLessThanOrEqual(80);
  });

  it('says nothing when it is to be quiet', async () => {
    expect(await said(sampleEvents(100), { quiet: true })).toBe('');
    expect(await said(sampleEvents(100), { quiet: true, isTTY: true, columns: 80 })).toBe('');
  });

  it('counts the time left from where a run goes on', async () => {
    const [start, ...rest] = [...sampleEvents(6000)];
    const later = rest.filter((event): event is StepEvent => event.type === 'step' && event.step > 3000);
    // The time of the first half says nothing of this machine.
    const moved = later.map((step) => ({ ...step, seconds: step.seconds + 1e6 }));
    const lines = (await said([start!, ...moved])).split('\n').filter((line) => line.includes(' left'));
    expect(lines[0]).toMatch(/^step 3,9\d\d of 6,000 \| 2 min left \|/);
    expect(lines.at(-1)).toMatch(/^step 5,(69|7\d)\d of 6,000 \| (9|10|11) s left \|/);
  });

  it('lets no text steer the terminal', async () => {
    const [start] = sampleEvents(1);
    const shown = await said([{ ...start!, notes: ['a\u001b[31mb\nc'] } as TrainingEvent]);
    expect(shown).toContain('note: a\ufffd[31mb c\n');
  });
});
