import { checkInteger, checkOptions } from '../arguments.ts';
import { HashformerError, type LoadOptions } from '../index.ts';
import { show } from '../show.ts';
import type { ServedModel } from './models.ts';

/** Limits, and what they are where none are given. */
export const LIMITS = {
  /** Most bytes of a body. */
  maxBodyBytes: 1_048_576,
  /** Most texts of a request. */
  maxTexts: 2048,
  /** Most UTF-16 code units of a text; models cut off what they do not read. */
  maxTextLength: 65_536,
  /** Requests that are worked on at a time. */
  concurrency: 4,
  /** Requests that may wait for their turn; more are refused with 503. */
  maxQueue: 256,
  /** Milliseconds that a request may take, its body included. */
  timeout: 30_000,
} as const;

export type Limits = Record<keyof typeof LIMITS, number>;
export const LIMIT_NAMES = Object.keys(LIMITS) as (keyof Limits)[];
/** What a limit may be: setTimeout() takes no more. */
export const LARGEST_LIMIT = 2 ** 31 - 1;

/** What the log is told of a request: nothing that its sender wrote. */
export interface LogEntry {
  readonly method: string;
  /** As the routes are called, `other` where there is none. */
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
  /** Why the server failed, where it did. */
  readonly error?: string;
}

export interface ServerOptions extends Partial<Limits> {
  /** By name. Default: `sentence` and `sentiment`, which are shipped. */
  models?: Readonly<Record<string, ServedModel>>;
  /** What models are loaded with. */
  load?: Pick<LoadOptions, 'backend' | 'tier'>;
  /**
   * What clients must send as `Authorization: Bearer …`, one of these; null: nothing. Default: the variable
   * HASHFORMER_API_KEY of the environment, nothing where it is not set.
   */
  apiKey?: string | readonly string[] | null;
  /** Origins whose pages may call, `*` for all. Default: none. */
  cors?: string | readonly string[];
  /** Called once a request, when its answer begins. */
  log?: (entry: LogEntry) => void;
}

export interface Settings extends Limits {
  readonly models: Readonly<Record<string, ServedModel>>;
  readonly load: Pick<LoadOptions, 'backend' | 'tier'>;
  /** undefined: whatever the environment says. */
  readonly apiKey: readonly string[] | undefined;
  readonly cors: readonly string[];
  readonly log: (entry: LogEntry) => void;
}

/** Names of models are put into addresses, logs and metrics. */
const MODEL_NAME = /^[\w.:@/-]{1,128}$/;

function fail(what: string, expected: string, got: unknown): never {
  throw new HashformerError('argument', `${what} must be ${expected}, but is ${show(got)}.`);
}

function checkStrings(what: string, value: unknown): readonly string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) fail(what, 'a string or several', value);
  for (const one of list) if (typeof one !== 'string' || one === '') fail(what, 'a string or several', one);
  return list as string[];
}

function checkModels(models: unknown): Settings['models'] {
  if (typeof models !== 'object' || models === null || Array.isArray(models)) {
    fail('The option "models"', 'an object of models by name', models);
  }
  const names = Object.keys(models);
  if (names.length === 0) fail('The option "models"', 'an object of one model or more', models);
  for (const name of names) {
    if (!MODEL_NAME.test(name)) fail('The name of a model', 'letters, digits and any of _ . : @ / -', name);
  }
  return models as Settings['models'];
}

/** @throws HashformerError `argument` */
export function checkSettings(given: ServerOptions | undefined): Settings {
  const options = checkOptions<ServerOptions>(given, [
    ...(['models', 'load', 'apiKey', 'cors', 'log'] as const),
    ...LIMIT_NAMES,
  ]);
  const { models = { sentence: 'sentence', sentiment: 'sentiment' }, load = {}, apiKey, cors, log } = options;
  if (log !== undefined && typeof log !== 'function') fail('The option "log"', 'a function', log);
  const limits = LIMIT_NAMES.map((name) => {
    const least = name === 'maxQueue' ? 0 : 1;
    return [name, checkInteger(`The option "${name}"`, options[name] ?? LIMITS[name], least, LARGEST_LIMIT)];
  });
  return {
    ...(Object.fromEntries(limits) as Limits),
    models: checkModels(models),
    load: checkOptions(load, ['backend', 'tier']),
    apiKey:
      apiKey === undefined ? undefined : apiKey === null ? [] : checkStrings('The option "apiKey"', apiKey),
    cors: cors === undefined ? [] : checkStrings('The option "cors"', cors),
    log: log ?? (() => undefined),
  };
}
