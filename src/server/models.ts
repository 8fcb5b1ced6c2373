import { HashFormer, type LoadOptions, pipeline, type Source } from '../index.ts';
import { show } from '../show.ts';
import { Refusal } from './http-refusal.ts';

type Given = HashFormer | Source;
/** A loaded model; a source; `sentiment` or `sentence`, which are shipped; or what gives one of these on first use. */
export type ServedModel = Given | (() => Given | Promise<Given>);

/** The shipped models, and the tasks that they are for. */
const SHIPPED = { sentiment: 'text-classification', sentence: 'feature-extraction' } as const;
/** What a task is done with where the request names no model. */
const DEFAULTS = { embeddings: 'sentence', classify: 'sentiment' } as const;
export type Task = keyof typeof DEFAULTS;

interface Entry {
  readonly given: ServedModel;
  state: 'idle' | 'loading' | 'ready' | 'failed';
  loading?: Promise<HashFormer>;
  model?: HashFormer;
  /** Whether it is the server's to dispose of. */
  own: boolean;
}

/** A model of `hashformer/core` is one too, though of another class. */
const isModel = (value: unknown): value is HashFormer =>
  typeof (value as HashFormer | undefined)?.sentences === 'function';

/** Models by name, loaded on first use. */
export class Models {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #options: LoadOptions;

  constructor(given: Readonly<Record<string, ServedModel>>, options: LoadOptions) {
    this.#options = options;
    const entries = Object.entries(given).map(([name, model]): [string, Entry] => {
      const loaded = isModel(model) ? { model, loading: Promise.resolve(model), own: false } : { own: true };
      return [name, { given: model, state: isModel(model) ? 'ready' : 'idle', ...loaded }];
    });
    this.#entries = new Map(entries);
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  get states(): Record<string, Entry['state']> {
    return Object.fromEntries([...this.#entries].map(([name, { state }]) => [name, state]));
  }

  /** Bytes that each loaded model holds. */
  get memory(): { labels: { model: string }; value: number }[] {
    return [...this.#entries].flatMap(([name, { model }]) =>
      model === undefined ? [] : [{ labels: { model: name }, value: model.memoryBytes }],
    );
  }

  /**
   * The name that a request means.
   *
   * @param wanted the field `model`; undefined: the one that the task is done with
   * @throws Refusal 400, 404
   */
  choose(wanted: unknown, task: Task): string {
    if (wanted === undefined) {
      return this.#entries.has(DEFAULTS[task]) ? DEFAULTS[task] : this.names[0]!;
    }
    if (typeof wanted !== 'string') {
      throw new Refusal(400, 'invalid_type', `"model" must be a string, but is ${show(wanted)}.`, {
        param: 'model',
      });
    }
    if (this.#entries.has(wanted)) return wanted;
    throw new Refusal(
      404,
      'model_not_found',
      `There is no model ${show(wanted)} here, only ${this.names.join(', ')}.`,
      { param: 'model' },
    );
  }

  /** The model, loaded; one that could not be is tried again by the next call. */
  get(name: string): Promise<HashFormer> {
    const entry = this.#entries.get(name)!;
    entry.loading ??= this.#load(entry);
    return entry.loading;
  }

  async #load(entry: Entry): Promise<HashFormer> {
    entry.state = 'loading';
    try {
      const given = typeof entry.given === 'function' ? await entry.given() : entry.given;
      if (isModel(given)) entry.own = false;
      entry.model = isModel(given) ? given : await this.#open(given);
      entry.state = 'ready';
      return entry.model;
    } catch (error) {
      entry.state = 'failed';
      delete entry.loading;
      throw error;
    }
  }

  async #open(source: Source): Promise<HashFormer> {
    if (source !== 'sentiment' && source !== 'sentence') return HashFormer.load(source, this.#options);
    const task = SHIPPED[source];
    // One call a task, as types want it: both give what they load to answer with.
    return task === 'text-classification'
      ? (await pipeline(task, undefined, this.#options)).model
      : (await pipeline(task, undefined, this.#options)).model;
  }

  /** Loads all of them; throws what the first that fails threw. */
  async load(): Promise<void> {
    await Promise.all(this.names.map((name) => this.get(name)));
  }

  /** Disposes of what was loaded here. */
  dispose(): void {
    for (const { model, own } of this.#entries.values()) if (own) model?.dispose();
  }
}
