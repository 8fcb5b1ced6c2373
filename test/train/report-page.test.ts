import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downsample } from '../../src/train/report/downsample.ts';
import type { FinalEvaluation, StepEvent, TrainingEvent } from '../../src/train/report/events.ts';
import { smooth } from '../../src/train/report/page/smooth.ts';
import { renderReport } from '../../src/train/report/render.ts';
import { temporaryFolder } from '../cli/run.ts';
import { describeUnless } from '../needs.ts';
import { Browser, chromium, needsChromium } from './chromium.ts';
import { HOSTILE, sampleEvaluation, sampleEvents } from './sample-run.ts';

const at = await temporaryFolder();

describe('the page', () => {
  it('is the same bytes for the same run', async () => {
    const [first, second] = await Promise.all(
      [0, 1].map(() => renderReport(sampleEvents(3000), sampleEvaluation(5))),
    );
    expect(first).toBe(second);
  });

  it('stays small for long runs and many labels', async () => {
    const short = await renderReport(sampleEvents(10));
    const long = await renderReport(sampleEvents(100_000), sampleEvaluation(150));
    const sizes = [short, long].map((page) => [page.length, gzipSync(page).length]);
    console.log(`report.html of 10 steps: ${sizes[0]} bytes, gzip; of 100,000 and 150 labels: ${sizes[1]}`);
    expect(short.length).toBeLessThan(80_000);
    expect(long.length).toBeLessThan(700_000);
  });

  it('asks for nothing of any other address', async () => {
    const page = await renderReport(sampleEvents(100), sampleEvaluation(30));
    // Texts are escaped, so that what is left are the page's own elements; scripts are looked at apart.
    const markup = page.replace(/<script[^>]*>[\s\S]*?<\/script>/g, '');
    const addresses = markup.matchAll(/<[^>]*\s(src|href|srcset|action|poster|data)\s*=\s*"([^"]*)"[^>]*>/gi);
    expect([...addresses].map(([, name, value]) => `${name}=${value}`)).toEqual(['href=data:,']);
    expect(/@import|url\(/.test(markup)).toBe(false);
    const script = page.match(/<script>([\s\S]*?)<\/script>/)![1]!;
    const asking = /\b(fetch|XMLHttpRequest|WebSocket|sendBeacon|importScripts)\b|\bimport\(|https?:/;
    expect(script.match(asking)).toBeNull();
  });

  it('allows its own script and style and no other, and keeps the licence of the charts', async () => {
    const page = await renderReport(sampleEvents(100));
    const policy = page.match(/Content-Security-Policy" content="([^"]*)"/)![1]!;
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const script = page.match(/<script>([\s\S]*?)<\/script>/)![1]!;
    const style = page.match(/<style>([\s\S]*?)<\/style>/)![1]!;
    const own = `default-src 'none'; img-src data:; script-src ${hash(script)}; style-src ${hash(style)}`;
    expect(policy.replaceAll('&#39;', "'")).toBe(own);
    expect(script).toContain('Permission is hereby granted');
    expect(script).toContain('Leon Sorokin');
  });

  it('writes texts as texts', async () => {
    const page = await renderReport(sampleEvents(20), sampleEvaluation(30));
    for (const text of HOSTILE.slice(0, 3)) expect(page).not.toContain(text);
    expect(page).toContain('&lt;/script&gt;&lt;script&gt;document.title = &quot;taken&quot;');
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page.match(/<(img|svg)/g)).toBeNull();
  });

  it('says what a run without steps, or without an end, is', async () => {
    const [start] = [...sampleEvents(5)] as [TrainingEvent];
    expect(await renderReport([start])).toContain('No step has been taken yet.');
    expect(await renderReport([])).toContain('Training report');
    const killed = await renderReport([...sampleEvents(5)].slice(0, -1));
    expect(killed).toContain('no end yet: still running, or killed');
    const failed: TrainingEvent = {
      type: 'end',
      reason: 'failed',
      step: 5,
      seconds: 1,
      message: 'The loss is NaN.',
    };
    expect(await renderReport([...sampleEvents(5), failed])).toContain('The loss is NaN.');
    const resumed = await renderReport([...sampleEvents(5), start]);
    expect(resumed).toMatch(/went on after.*step 5/);
  });

  it('counts a confusion matrix by hand', async () => {
    const evaluation: FinalEvaluation = {
      labels: ['no', 'yes', ''],
      confusion: [
        [8, 2, 0],
        [1, 4, 0],
        [0, 0, 0],
      ],
      metrics: {},
      worst: [],
    };
    const page = await renderReport([], evaluation);
    expect(page).toContain('>8<small>80.0%</small>');
    expect(page).toContain('>2<small>20.0%</small>');
    // Precision 8 of 9, recall 8 of 10, F1 16 of 19.
    const row = '<th scope="row"><bdi>no</bdi></th><td>10</td><td>88.9%</td><td>80.0%</td><td>84.2%</td>';
    expect(page).toContain(`${row}<td class="text"><bdi>yes</bdi> (2)</td>`);
    expect(page).toContain('<i>(empty)</i></th><td>0</td><td>–</td><td>–</td><td>–</td>');
  });
});

describe('downsampling', () => {
  const steps = [...sampleEvents(98_765)].filter((event): event is StepEvent => event.type === 'step');

  it('keeps extremes and means', () => {
    const { loss, step } = downsample(steps);
    expect(step).toHaveLength(1000);
    expect(step.at(-1)).toBe(98_765);
    const losses = steps.map((one) => one.loss);
    expect(Math.max(...(loss.high as number[]))).toBeCloseTo(Math.max(...losses), 4);
    expect(Math.min(...(loss.low as number[]))).toBeCloseTo(Math.min(...losses), 4);
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    expect(mean(loss.mean as number[])).toBeCloseTo(mean(losses), 3);
  });

  it('leaves short runs as they are, with gaps where there is no number', () => {
    const few = steps.slice(0, 3).map((one, i) => ({ ...one, loss: i === 1 ? Number.NaN : i }));
    expect(downsample(few).loss).toEqual({ low: [0, null, 2], mean: [0, null, 2], high: [0, null, 2] });
    expect(downsample([]).step).toEqual([]);
  });

  it('smooths without a bias at the beginning', () => {
    expect(smooth([3, 3, null, 3], 10)).toEqual(
      [3, 3, null, 3].map((v) => (v === null ? v : expect.closeTo(v, 12))),
    );
    expect(smooth([1, 5, 2], 1)).toEqual([1, 5, 2]);
    expect(smooth([0, 1], 2)[1]).toBeCloseTo(2 / 3, 12);
  });
});

describeUnless(needsChromium, 'in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await Browser.start(chromium!);
  });
  afterAll(() => browser.close());

  async function open(name: string, page: string, width: number, scheme: 'light' | 'dark' = 'light') {
    await writeFile(at(`${name}.html`), page);
    await browser.open(pathToFileURL(at(`${name}.html`)).href, width, 900, scheme);
  }
  const texts = (selector: string) =>
    browser.evaluate(`[...document.querySelectorAll('${selector}')].map((one) => one.textContent)`);
  /** How many different colours a canvas has. */
  const colours = (selector: string) =>
    browser.evaluate(`[...document.querySelectorAll('${selector}')].map((canvas) => new Set(new Uint32Array(
      canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size)`);

  it.each([
    [1280, 'light'],
    [390, 'dark'],
  ] as const)('draws every chart at %i px, %s, without an error or a request', async (width, scheme) => {
    await open('page', await renderReport(sampleEvents(4000), sampleEvaluation(6)), width, scheme);
    expect(await texts('figcaption')).toEqual([
      'Loss',
      'Dev metrics',
      'Dev perplexity',
      'Learning rate',
      'Throughput',
      'Gradient norm',
    ]);
    const drawn = (await colours('#charts canvas')) as number[];
    expect(drawn).toHaveLength(6);
    for (const count of drawn) expect(count).toBeGreaterThan(10);
    expect(await browser.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    expect(browser.problems).toEqual([]);
    expect(browser.requests.filter((url) => !/^(file|data):/.test(url))).toEqual([]);
  });

  it('shows hostile texts as they are and runs none of them', async () => {
    await open('hostile', await renderReport(sampleEvents(50), sampleEvaluation(6)), 1280);
    expect(await browser.evaluate('document.title')).toBe('Fine-tuning report');
    const shown = (await texts('#examples td.text bdi')) as string[];
    for (const text of HOSTILE.slice(0, 3)) expect(shown).toContain(text);
    expect(await browser.evaluate("document.querySelectorAll('img, svg, iframe').length")).toBe(0);
    expect(browser.problems).toEqual([]);
  });

  it('goes along epochs and time, smooths, and reads values under the cursor', async () => {
    await open('controls', await renderReport(sampleEvents(400)), 1280);
    const legend = () => texts('figure:first-child .u-legend tr:not(.hidden)') as Promise<string[]>;
    expect((await legend())[0]).toMatch(/^step400$/);
    expect((await legend())[2]).toMatch(/^training loss, smoothed0\.\d+$/);
    const choose = (selector: string, change: string) =>
      browser.evaluate(`{ const one = document.querySelector('${selector}'); ${change};
        one.dispatchEvent(new Event('input', { bubbles: true })); }`);
    await choose('[value=epoch]', 'one.checked = true');
    expect((await legend())[0]).toBe('epoch4');
    await choose('[value=seconds]', 'one.checked = true');
    expect((await legend())[0]).toMatch(/^training time in s1\d\.\d+$/);
    await choose('#smoothing', 'one.value = 0');
    expect((await texts('#smoothed')) as string[]).toEqual(['off']);
    expect((await legend())[2]).toMatch(/^training loss0\.\d+$/);
    await choose('[value=step]', 'one.checked = true');
    const box = "document.querySelector('figure:first-child .u-over').getBoundingClientRect()";
    const [x, y] = (await browser.evaluate(`[${box}.x + ${box}.width / 2, ${box}.y + 40]`)) as number[];
    await browser.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
    await browser.evaluate(
      'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
    );
    const step = Number((await legend())[0]!.replace(/^step/, ''));
    expect(Math.abs(step - 200)).toBeLessThan(3);
    expect(browser.problems).toEqual([]);
  });

  it('maps 150 labels and puts a cell in words', async () => {
    await open('map', await renderReport(sampleEvents(50), sampleEvaluation(150)), 390);
    expect((await colours('#confusion')) as number[]).toEqual([expect.any(Number)]);
    expect(((await colours('#confusion')) as number[])[0]).toBeGreaterThan(10);
    await browser.evaluate(`document.querySelector('#confusion').dispatchEvent(
      Object.defineProperties(new PointerEvent('pointermove'), { offsetX: { value: 6 }, offsetY: { value: 2 } }))`);
    const [cell] = (await texts('#confusion-cell')) as string[];
    expect(cell).toMatch(/^gold label 0, predicted .*: \d+ of \d+ \(\d+\.\d%\)$/);
    expect(cell).toContain(HOSTILE[2]);
    expect(browser.problems).toEqual([]);
    expect(await browser.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  });
});
