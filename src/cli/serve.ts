import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { HashformerError } from '../errors.ts';
import { optional } from '../optional.ts';
import { environmentKey } from '../server/environment-key.ts';
import type { ServedModel } from '../server/server.ts';
import { LARGEST_LIMIT, LIMITS, type Limits, type LogEntry } from '../server/server-options.ts';
import { show } from '../show.ts';
import { addEngineOptions, decimal, type ModelOptions, wholeNumber } from './common-options.ts';
import type { Context } from './context.ts';
import { type Listening, listen } from './listen.ts';

interface Options extends Pick<ModelOptions, 'backend' | 'tier'> {
  model?: string[];
  host: string;
  port: number;
  apiKey?: string;
  cors?: string[];
  maxBody: number;
  maxTexts: number;
  maxTextLength: number;
  concurrency: number;
  maxQueue: number;
  timeout: number;
  lazy?: boolean;
  log?: boolean;
}

const HELP = `
POST /v1/embeddings is OpenAI's: its clients work with the base address
http://HOST:PORT/v1. POST /classify takes { texts, top_k?, model? } and gives
what the pipeline gives. GET / lists all routes; /health and /metrics are there
too. Without --model, "sentence" embeds and "sentiment" classifies.

The API key is better given as the variable HASHFORMER_API_KEY: other users of
the machine can read command lines. Without a key everybody who reaches the
address may ask.

The first Ctrl-C (or SIGTERM) answers what has been asked and stops, the second
one stops at once.

Examples:
  $ hashformer serve
  $ hashformer serve --model ./mine --port 3000
  $ hashformer serve --model reviews=./sst2 --model topics=./trec --log
  $ HASHFORMER_API_KEY=… hashformer serve --host 0.0.0.0 --cors https://my.org
  $ curl http://127.0.0.1:8080/v1/embeddings \\
      -H 'Content-Type: application/json' -d '{"input": "a fine day"}'`;

function several(value: string, all: string[] = []): string[] {
  if (value === '') throw new InvalidArgumentError('Expected something.');
  return [...all, value];
}

/** Models by name: NAME=SOURCE, or a source, whose last part is the name. */
function namedModels(words: readonly string[]): Record<string, ServedModel> {
  const models: Record<string, ServedModel> = {};
  for (const word of words) {
    const [, given, source = word] = /^([\w.-]+)=(.+)$/.exec(word) ?? [];
    const parts = source.split(/[/\\]/).filter((part) => /^[\w.-]*\w[\w.-]*$/.test(part));
    const name = given ?? parts.at(-1) ?? 'model';
    if (Object.hasOwn(models, name)) {
      throw new HashformerError(
        'argument',
        `Two models are called ${show(name)}; name them: --model first=${source}`,
      );
    }
    models[name] = source;
  }
  return models;
}

/** Whether an address is reached from this machine alone. */
const isLocal = (host: string) => /^(localhost|127(\.\d+){3}|::1)$/i.test(host);

const say = (text: string) => process.stderr.write(`hashformer: ${text}\n`);

/** A line a request that failed here; with --log a JSON object for every one. */
function logger(all: boolean): (entry: LogEntry) => void {
  return (entry) => {
    const milliseconds = Math.round(entry.milliseconds * 1000) / 1000;
    if (all) {
      const line = { time: new Date().toISOString(), ...entry, milliseconds };
      process.stderr.write(`${JSON.stringify(line)}\n`);
    } else if (entry.error !== undefined) {
      say(`${entry.method} ${entry.route} failed with ${entry.status}: ${entry.error}`);
    }
  };
}

/** Resolves at the signal. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function run(options: Options, { signal }: Context): Promise<void> {
  const { host, port, model, apiKey, cors, backend, tier, lazy = false, log = false } = options;
  const { createServer } = await optional('hono', 'Serving', () => import('../server/server.ts'));
  const { maxBody: maxBodyBytes, maxTexts, maxTextLength, concurrency, maxQueue } = options;
  const timeout = Math.ceil(options.timeout * 1000);
  const limits: Limits = { maxBodyBytes, maxTexts, maxTextLength, concurrency, maxQueue, timeout };
  const key = apiKey ?? environmentKey();
  const server = createServer({
    ...limits,
    ...(model === undefined ? {} : { models: namedModels(model) }),
    ...(cors === undefined ? {} : { cors }),
    apiKey: key ?? null,
    load: { ...(backend === undefined ? {} : { backend }), ...(tier === undefined ? {} : { tier }) },
    log: logger(log),
  });
  if (!lazy) await server.load();
  if (signal.aborted) return;
  const listening: Listening = await listen(server.fetch, { host, port });
  process.stdout.write(`http://${host.includes(':') ? `[${host}]` : host}:${listening.port}\n`);
  if (key === undefined && !isLocal(host)) {
    say('no API key is set: everybody who reaches this address may ask (see --api-key)');
  }
  await aborted(signal);
  const stopped = listening.stop();
  await server.close();
  // What is answered is still to be sent; a connection that nobody reads from is not waited for.
  await Promise.race([stopped, sleep(timeout)]);
}

export function define(command: Command, context: Context): void {
  command
    .option(
      '-m, --model <[name=]source>',
      'folder or address of a model, or a built-in one; may be repeated',
      several,
    )
    .option('-p, --port <n>', '0 for any that is free', wholeNumber(0, 65_535), 8080)
    .option('--host <address>', '0.0.0.0 or :: for all of the machine', '127.0.0.1')
    .option('--api-key <key>', 'what clients must send (default: HASHFORMER_API_KEY, or none)')
    .option('--cors <origin>', 'whose pages may call, or "*"; may be repeated', several)
    .option('--max-body <bytes>', 'of a request', wholeNumber(1), LIMITS.maxBodyBytes)
    .option('--max-texts <n>', 'of a request', wholeNumber(1), LIMITS.maxTexts)
    .option('--max-text-length <n>', 'characters of a text', wholeNumber(1), LIMITS.maxTextLength)
    .option('--concurrency <n>', 'requests worked on at a time', wholeNumber(1), LIMITS.concurrency)
    .option('--max-queue <n>', 'requests that may wait; more get 503', wholeNumber(0), LIMITS.maxQueue)
    .option(
      '--timeout <seconds>',
      'that a request may take',
      decimal((x) => x > 0 && x * 1000 <= LARGEST_LIMIT, 'seconds, more than 0'),
      LIMITS.timeout / 1000,
    )
    .option('--lazy', 'load a model when it is first asked for, not before')
    .option('--log', 'print a JSON line a request to stderr; never its texts');
  addEngineOptions(command)
    .addHelpText('after', HELP)
    .action((options: Options) => run(options, context));
}
