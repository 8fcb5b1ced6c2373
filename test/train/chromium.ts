// A real browser for tests, spoken to over its debugging pipe.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars --remote-debugging-pipe';

/** The command of an installed Chromium; undefined where there is none. */
export const chromium = NAMES.find((name) => {
  try {
    return execFileSync(name, ['--version'], { stdio: 'pipe' }).length > 0;
  } catch {
    return false;
  }
});

/** Why a test in Chromium does not run, or ''. */
export const needsChromium = chromium === undefined ? 'no Chromium is installed' : '';

interface Message {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { message: string };
}

/** One tab. */
export class Browser {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #waiting = new Map<string, () => void>();
  #session: string | undefined;
  #sent = 0;
  /** Exceptions, errors on the console, and what the content security policy forbade. */
  readonly problems: string[] = [];
  /** Addresses that the page asked for. */
  readonly requests: string[] = [];

  private constructor(command: string) {
    this.#profile = mkdtempSync(join(tmpdir(), 'hashformer-chromium-'));
    const args = [...FLAGS.split(' '), `--user-data-dir=${this.#profile}`, 'about:blank'];
    this.#process = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    let rest = '';
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (rest + chunk).split('\0');
      rest = messages.pop()!;
      for (const message of messages) this.#receive(JSON.parse(message));
    });
  }

  static async start(command: string): Promise<Browser> {
    const browser = new Browser(command);
    const { targetInfos } = await browser.send('Target.getTargets');
    const { targetId } = (targetInfos as { type: string; targetId: string }[]).find(
      ({ type }) => type === 'page',
    )!;
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
    browser.#session = sessionId as string;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.send(`${domain}.enable`);
    return browser;
  }

  #receive({ id, method = '', params = {}, ...answer }: Message): void {
    if (id !== undefined) this.#answers.get(id)?.(answer);
    this.#waiting.get(method)?.();
    const { level } = (params.entry ?? {}) as { level?: string };
    if (method === 'Runtime.exceptionThrown' || level === 'error') {
      this.problems.push(JSON.stringify(params));
    }
    if (method === 'Network.requestWillBeSent') {
      this.requests.push((params.request as { url: string }).url);
    }
  }

  send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#sent;
    const message = {
      id,
      method,
      params,
      ...(this.#session === undefined ? {} : { sessionId: this.#session }),
    };
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ result, error }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result!),
      );
    });
  }

  /** Opens a page at a size in CSS pixels and waits until it has loaded. */
  async open(url: string, width: number, height: number, scheme: 'light' | 'dark' = 'light'): Promise<void> {
    this.problems.length = 0;
    this.requests.length = 0;
    const size = { width, height, deviceScaleFactor: 1, mobile: width < 500 };
    await this.send('Emulation.setDeviceMetricsOverride', size);
    const features = [{ name: 'prefers-color-scheme', value: scheme }];
    await this.send('Emulation.setEmulatedMedia', { features });
    const loaded = new Promise<void>((resolve) => this.#waiting.set('Page.loadEventFired', resolve));
    await this.send('Page.navigate', { url });
    await loaded;
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails));
    return (answer.result as { value: unknown }).value;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.on('exit', resolve));
    await this.send('Browser.close').catch(() => undefined);
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
