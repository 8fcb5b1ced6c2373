import { HashFormer, type LoadOptions, type Source } from '../index.ts';
import { type Task, taskRecord } from '../pipeline/tasks.ts';
import { show } from '../show.ts';
import { Refusal } from './http-refusal.ts';

type Given = HashFormer | Source;
/** A loaded model, a source, or what gives one of these on first use. */
export type ServedModel = Given | (() => Given | Promise<Given>);

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
      const { model } = taskRecord(task);
      return model !== null && this.#entries.has(model) ? model : this.names[0]!;
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
      entry.model = isModel(given) ? given : await HashFormer.load(given, this.#options);
      entry.state = 'ready';
      return entry.model;
    } catch (error) {
      entry.state = 'failed';
      delete entry.loading;
      throw error;
    }
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
