import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HashFormer, pipeline } from '../../src/index.ts';
import { ROOT, temporaryFolder } from '../cli/run.ts';
import { describeUnless } from '../needs.ts';
import { Browser, chromium, needsChromium } from '../train/chromium.ts';

const at = await temporaryFolder();
const PAGE = `${ROOT}/dist/playground/index.html`;
const ADDRESS = pathToFileURL(PAGE).href;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TEXT = 'A gorgeous, witty, seductive movie';

describe('the page of the playground', () => {
  it('allows its own script, style and worker, wasm, and nothing else', async () => {
    const page = await readFile(PAGE, 'utf8');
    const policy = page.match(/Content-Security-Policy" content="([^"]*)"/)![1]!;
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const between = (name: string) =>
      page.slice(page.indexOf(`<${name}>`) + name.length + 2, page.lastIndexOf(`</${name}>`));
    expect(policy).toBe(
      `default-src 'none'; img-src data:; script-src ${hash(between('script'))} 'wasm-unsafe-eval'; worker-src blob:; style-src ${hash(between('style'))}; base-uri 'none'; form-action 'none'`,
    );
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page.match(/<(link|img|iframe|object|embed)\b[^>]*>/g)).toEqual([
      '<link rel="icon" href="data:,">',
    ]);
    expect(page).toContain('Kevin Atkinson');
    expect(page).toContain('Apache License');
  });
});

describeUnless(needsChromium, 'in Chromium, from a file', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await Browser.start(chromium!);
    await network(true);
  });
  afterAll(() => browser?.close());
  beforeEach(() => open(1280));
  afterEach(() => {
    expect(browser.problems).toEqual([]);
    const [first, ...others] = browser.requests;
    expect(first).toBe(ADDRESS);
    expect(others.every((url) => url.startsWith('blob:'))).toBe(true);
  });

  /** Offline, nothing is there to be asked. */
  function network(offline: boolean) {
    const speed = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    return browser.send('Network.emulateNetworkConditions', { offline, ...speed });
  }

  /** Waits until an expression is true in the page. */
  async function until(expression: string): Promise<void> {
    for (let i = 0; i < 400; i++) {
      if (await browser.evaluate(`Boolean(${expression})`)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(
      `${expression} is not so; the page says: ${await browser.evaluate('document.body.innerText')}`,
    );
  }
  const text = (selector: string) => browser.evaluate(`document.querySelector('${selector}').textContent`);
  const texts = (selector: string) =>
    browser.evaluate(`[...document.querySelectorAll('${selector}')].map((one) => one.textContent)`);
  const click = (selector: string) => browser.evaluate(`document.querySelector('${selector}').click()`);
  const tokens = () => texts('#tokens bdi');
  const scores = () =>
    browser.evaluate(`[...document.querySelectorAll('#result li')].map((one) =>
      ({ label: one.querySelector('bdi').textContent, score: Number(one.querySelector('data').value) }))`);

  async function open(width: number, scheme: 'light' | 'dark' = 'light') {
    await browser.open(ADDRESS, width, 900, scheme);
    await until("document.querySelectorAll('#attended li').length > 0");
  }

  /** Types over all that is there, as an input method does. */
  async function type(typed: string, last: string) {
    await browser.evaluate(
      "document.querySelector('#text').focus(); document.querySelector('#text').select()",
    );
    await browser.send('Input.insertText', { text: typed });
    await until(
      `document.querySelector('#tokens li:last-child bdi')?.textContent === ${JSON.stringify(last)}`,
    );
    await until("document.querySelector('#selected-name').textContent !== ''");
  }

  /** Gives files or a folder to one of the page's inputs. */
  async function pick(id: string, ...files: string[]) {
    const { result } = (await browser.send('Runtime.evaluate', {
      expression: `document.getElementById('${id}')`,
    })) as {
      result: { objectId: string };
    };
    await browser.send('DOM.setFileInputFiles', { objectId: result.objectId, files });
  }

  /** Drops a folder onto the page. */
  async function drop(folder: string) {
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const kind of ['dragEnter', 'dragOver', 'drop']) {
      await browser.send('Input.dispatchDragEvent', { type: kind, x: 300, y: 300, data });
    }
  }

  async function savedModel(folder: string, seed: number, fields: object = {}): Promise<HashFormer> {
    const config = {
      variant: 'emb',
      buckets: 500,
      hidden_size: 24,
      num_hidden_layers: 3,
      num_attention_heads: 4,
      intermediate_size: 48,
      max_position_embeddings: 34,
      id2label: { 0: 'no', 1: 'maybe', 2: 'yes' },
      ...fields,
    };
    const model = await HashFormer.init(config, seed);
    await model.save(at(folder));
    return model;
  }

  it('gives the scores of Node, to the bit, of whatever is typed', async () => {
    const classify = await pipeline('text-classification');
    expect(await scores()).toEqual(await classify(TEXT, { top_k: null }));
    for (const [typed, last] of [
      ['a dull, lifeless mess', 'mess'],
      ['naïve 我喜欢这部电影 👩‍🚀', '👩‍🚀'],
      [`${'word '.repeat(80)}end`, 'end'],
    ] as const) {
      await type(typed, last);
      expect(await scores()).toEqual(await classify(typed, { top_k: null }));
    }
    classify.dispose();
  });

  it('updates everything when something is typed', async () => {
    const before = await texts('#milliseconds, #nearest, #hex, #attends, #attended');
    await type('a dull, lifeless mess', 'mess');
    await until("document.querySelector('#attends').textContent === 'mess attends to'");
    expect(await tokens()).toEqual(['a', 'dull', ',', 'lifeless', 'mess']);
    expect(await texts('#marks mark')).toEqual(['a', 'dull', ',', 'lifeless', 'mess']);
    const after = await texts('#milliseconds, #nearest, #hex, #attends, #attended');
    expect((after as string[]).slice(1).every((one, i) => one !== (before as string[])[i + 1])).toBe(true);
    expect(await text('#rows')).toBe('7');
    expect(await text('#tier')).toBe('simd');
    await until("Number(document.querySelector('#throughput data').value) > 100");
    await until("document.querySelector('#spoken').textContent.startsWith('NEGATIVE, 99.')");
    await browser.evaluate("document.querySelector('#text').select()");
    await browser.send('Input.insertText', { text: '  ' });
    await until("document.querySelector('#details').hidden");
    expect(await text('#result')).toBe('Type a sentence above.');
  });

  it('looks into the token that is pressed, under either hash', async () => {
    await click('#tokens li:nth-child(2) button');
    await until("document.querySelector('#attends').textContent === 'gorgeous attends to'");
    expect(await text('#selected-name')).toBe('gorgeous');
    expect(await texts('mark.selected')).toEqual(['gorgeous']);
    const { hashToken } = await import('../../src/index.ts');
    for (const hash of ['simhash', 'md5'] as const) {
      await click(`[name=hash][value=${hash}]`);
      const { bits } = await hashToken('gorgeous', { hash });
      await until(`document.querySelector('#hex').textContent.replaceAll(' ', '') === '${bits}'`);
      const label = await browser.evaluate("document.querySelector('#bits svg').getAttribute('aria-label')");
      expect(label).toContain(bits);
    }
    expect((await texts('#nearest tbody th')) as string[]).toHaveLength(16);
  });

  it('marks what is cut off', async () => {
    await type(`${'word '.repeat(64)}beyond`, 'beyond');
    expect(await texts('.chip.cut bdi')).toEqual(['word', 'word', 'beyond']);
    expect(await texts('mark.cut')).toEqual(['word', 'word', 'beyond']);
    expect(await text('#tokens-lead')).toContain('3 are cut off');
  });

  it('shows the weights of any head as a picture and as a table', async () => {
    const colours = () =>
      browser.evaluate(`(() => { const canvas = document.querySelector('#heat-map');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size; })()`);
    expect(await colours()).toBeGreaterThan(20);
    await click('#weights summary');
    await until("document.querySelectorAll('#weights-table tbody tr').length === 9");
    const shown = new Set<string>();
    for (const [layer, head] of [
      ['0', '0'],
      ['0', '1'],
      ['1', 'mean'],
    ]) {
      await browser.evaluate(`for (const [id, value] of [['layer', '${layer}'], ['head', '${head}']]) {
        const one = document.getElementById(id); one.value = value; one.dispatchEvent(new Event('change')); }`);
      const rows =
        (await browser.evaluate(`[...document.querySelectorAll('#weights-table tbody tr')].map((row) =>
        [...row.querySelectorAll('data')].map(({ value }) => Number(value)))`)) as number[][];
      for (const row of rows) expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      shown.add(String(rows));
    }
    expect(shown.size).toBe(3);
  });

  it('compares sentences, and looks into the line with the cursor', async () => {
    await click('[name=model][value=sentence]');
    await until("document.querySelectorAll('.similarity tbody tr').length === 3");
    const embed = await pipeline('feature-extraction');
    const sentences = ['A man plays a guitar', 'Someone is playing music', 'The stock market fell'];
    const { data, shape } = await embed(sentences);
    const cosines = (await browser.evaluate(
      "[...document.querySelectorAll('.similarity data')].map(({ value }) => Number(value))",
    )) as number[];
    const vector = (i: number) => data.subarray(i * shape[1]!, (i + 1) * shape[1]!);
    for (const [i, cosine] of cosines.entries()) {
      const [a, b] = [vector(Math.floor(i / 3)), vector(i % 3)];
      expect(cosine).toBeCloseTo(
        a.reduce((sum, x, k) => sum + x * b[k]!, 0),
        5,
      );
    }
    await browser.evaluate(
      "document.querySelector('#text').focus(); document.querySelector('#text').setSelectionRange(25, 25)",
    );
    await until("document.querySelector('#tokens li').textContent.includes('someone')");
    expect(await texts('#marks mark')).toEqual(['Someone', 'is', 'playing', 'music']);
    embed.dispose();
  });

  it('loads a folder that is picked or dropped, and gives its scores', async () => {
    for (const [folder, seed, give] of [
      ['picked', 1, (path: string) => pick('folder', path)],
      ['dropped', 2, drop],
    ] as const) {
      const model = await savedModel(folder, seed);
      await give(at(folder));
      await until(`document.querySelector('[name=model]:checked').value === '${folder}'`);
      await until("document.querySelectorAll('#result li').length === 3");
      await until("document.querySelector('#facts').textContent.includes('3 layers of 24')");
      const classify = await pipeline('text-classification', model);
      await until(`document.querySelector('#result data').value === '${(await classify(TEXT))[0]!.score}'`);
      expect(await scores()).toEqual(await classify(TEXT, { top_k: null }));
      expect(await text('#alert')).toBe('');
      model.dispose();
    }
    await click('[name=model][value=sentiment]');
    await until("document.querySelector('#result bdi').textContent === 'POSITIVE'");
  });

  it('loads single files, and a BERT with its vocabulary', async () => {
    const folder = `${ROOT}/test/golden/bert-random`;
    await pick(
      'files',
      ...['config.json', 'model.safetensors', 'tokenizer.json'].map((name) => `${folder}/${name}`),
    );
    await until("document.querySelector('#facts').textContent.startsWith('vocab')");
    await type('A gorgeous movie', '##ie');
    const model = await HashFormer.load(folder);
    const classify = await pipeline('text-classification', model);
    expect(await scores()).toEqual(await classify('A gorgeous movie', { top_k: null }));
    const { tokens: pieces } = await model.tokenize('A gorgeous movie');
    expect(await tokens()).toEqual(pieces);
    await until("document.querySelector('#attends').textContent.startsWith('##ie')");
    model.dispose();
  });

  it('says what is wrong with a folder, and keeps the model', async () => {
    (await savedModel('whole', 3)).dispose();
    await cp(at('whole'), at('torn'), { recursive: true });
    const weights = await readFile(at('torn/model.safetensors'));
    await writeFile(at('torn/model.safetensors'), weights.subarray(0, weights.length - 100));
    await cp(at('whole'), at('flipped'), { recursive: true });
    weights[weights.length - 5]! ^= 64;
    await writeFile(at('flipped/model.safetensors'), weights);
    await mkdir(at('nothing'));
    await writeFile(at('nothing/notes.txt'), 'no model');
    await mkdir(at('half'));
    await cp(at('whole/config.json'), at('half/config.json'));
    for (const [folder, sentence] of [
      ['torn', 'model.safetensors'],
      ['flipped', 'damaged'],
      ['nothing', '"nothing" is no model\'s folder: it has no config.json'],
      ['half', '"half" has a config.json but neither'],
    ] as const) {
      await drop(at(folder));
      await until(`document.querySelector('#alert').textContent.includes(${JSON.stringify(sentence)})`);
      expect(await text('#alert')).toMatch(/\. The model "sentiment" stays\.$/);
      expect(await browser.evaluate("document.querySelector('[name=model]:checked').value")).toBe(
        'sentiment',
      );
    }
    await type('a dull, lifeless mess', 'mess');
    await until("document.querySelector('#result bdi').textContent === 'NEGATIVE'");
  });

  it('takes a dropped folder from browsers without file handles too, of a page that is served', async () => {
    const server = createServer(async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(await readFile(PAGE));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await network(false);
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      await browser.open(address, 800, 900);
      await until("document.querySelectorAll('#attended li').length > 0");
      await browser.evaluate('delete DataTransferItem.prototype.getAsFileSystemHandle');
      (await savedModel('deep/inner/model', 4)).dispose();
      await drop(at('deep'));
      await until("document.querySelector('[name=model]:checked').value === 'deep/inner/model'");
      await until("document.querySelectorAll('#result li').length === 3");
      expect(browser.requests.filter((url) => !url.startsWith('blob:'))).toEqual([address]);
    } finally {
      server.close();
      await network(true);
      await open(1280);
    }
  });

  it('stays usable with a text of a megabyte', async () => {
    await browser.evaluate(`{ const one = document.querySelector('#text');
      one.value = 'x'.repeat(500000) + ' ' + 'many words '.repeat(50000); one.dispatchEvent(new Event('input')); }`);
    await until("document.querySelector('#tokens-lead').textContent.includes('more than 60 are cut off')");
    await type('a dull, lifeless mess', 'mess');
    await until("document.querySelector('#result bdi').textContent === 'NEGATIVE'");
    expect(await texts('#result bdi')).toContain('NEGATIVE');
  });

  it.each([
    [320, 'light'],
    [390, 'light'],
    [390, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
    [1600, 'light'],
  ] as const)('is fit for everyone, at %i px, %s', async (width, scheme) => {
    await open(width, scheme);
    await click('#weights summary');
    await drop(at('.')).catch(() => undefined);
    await until("document.querySelector('#alert').textContent !== ''");
    expect(await browser.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await browser.evaluate(axe);
    for (const model of ['sentiment', 'sentence']) {
      await click(`[name=model][value=${model}]`);
      await until(`document.querySelector('#result ${model === 'sentence' ? 'table' : 'ul'}') !== null`);
      await until("document.querySelector('#attended li') !== null");
      const found =
        await browser.evaluate(`axe.run(document).then(({ violations, passes }) => passes.length < 20
        ? 'axe-core looked at hardly anything' : violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))]))`);
      expect(found).toEqual([]);
      expect(await browser.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
  });
});
