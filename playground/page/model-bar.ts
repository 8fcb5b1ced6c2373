import type { Folder, ModelFacts, ModelSource } from '../protocol.ts';
import { byId, element } from './dom.ts';
import { droppedFolder, pickedFolder } from './dropped.ts';
import { grouped } from './words.ts';

const SHIPPED = { sentiment: 'Sentiment', sentence: 'Sentence vectors' } as const;

/** Which model is asked: a shipped one, or a folder that was picked or dropped. */
export class ModelBar {
  readonly #choices = byId('choices');
  readonly #alert = byId('alert');
  readonly #load: (source: ModelSource) => Promise<ModelFacts>;
  #folder: Folder | undefined;
  #facts: ModelFacts | undefined;
  #loading = false;

  /** @param load loads a model in place of the one before, which stays where that fails */
  constructor(load: (source: ModelSource) => Promise<ModelFacts>) {
    this.#load = load;
    this.#offer('sentiment');
    for (const id of ['folder', 'files']) {
      const input = byId<HTMLInputElement>(id);
      byId(`open-${id}`).addEventListener('click', () => input.click());
      input.addEventListener('change', () => {
        const files = [...input.files!];
        input.value = '';
        if (files.length > 0) this.open(() => Promise.resolve(pickedFolder(files)));
      });
    }
    this.#takeDrops();
  }

  /** Loads a model; what is wrong with it is said in place. */
  async open(find: () => Promise<ModelSource>): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    this.#alert.textContent = '';
    byId('facts').textContent = 'Loading …';
    document.body.classList.add('loading');
    try {
      const source = await find();
      const facts = await this.#load(source);
      if (typeof source !== 'string') this.#folder = source;
      this.#describe(facts);
    } catch (error) {
      const { message } = error as Error;
      this.#alert.textContent =
        this.#facts === undefined ? message : `${message} The model "${this.#facts.name}" stays.`;
      if (this.#facts !== undefined) this.#describe(this.#facts);
      else byId('facts').textContent = '';
    } finally {
      document.body.classList.remove('loading');
      this.#loading = false;
    }
  }

  #describe(facts: ModelFacts): void {
    this.#facts = facts;
    const { variant, hash, layers, heads, hiddenSize, parameters, rows } = facts;
    const hashed = variant === 'vocab' ? 'vocab' : `${variant} over ${hash}`;
    byId('facts').textContent = [
      hashed,
      `${layers} ${layers === 1 ? 'layer' : 'layers'} of ${hiddenSize}`,
      `${heads} ${heads === 1 ? 'head' : 'heads'}`,
      ...(rows === null ? [] : [`${grouped(rows)} rows`]),
      `${grouped(parameters)} parameters`,
      `at most ${grouped(facts.maxLength)} tokens`,
    ].join(' · ');
    this.#offer(facts.name);
  }

  /** Radio buttons for the models at hand, one of them chosen. */
  #offer(name: string): void {
    const own = this.#folder === undefined ? [] : [[this.#folder.folder, this.#folder.folder] as const];
    const focused = this.#choices.contains(document.activeElement);
    const labels = [...Object.entries(SHIPPED), ...own].map(([value, text], i) => {
      const input = element('input', { type: 'radio', name: 'model', id: `model-${i}`, value });
      input.checked = value === name;
      input.addEventListener('change', () =>
        this.open(async () => (value in SHIPPED ? (value as keyof typeof SHIPPED) : this.#folder!)),
      );
      return element('label', {}, input, element('span', {}, element('bdi', {}, text)));
    });
    this.#choices.replaceChildren(...labels);
    if (focused) this.#choices.querySelector<HTMLElement>(':checked')?.focus();
  }

  #takeDrops(): void {
    const hint = byId('drop');
    const ours = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') ?? false;
    addEventListener('dragover', (event) => {
      if (!ours(event)) return;
      event.preventDefault();
      event.dataTransfer!.dropEffect = 'copy';
      hint.hidden = false;
    });
    addEventListener('dragleave', ({ relatedTarget }) => {
      if (relatedTarget === null) hint.hidden = true;
    });
    addEventListener('drop', (event) => {
      hint.hidden = true;
      if (!ours(event)) return;
      event.preventDefault();
      const dropped = droppedFolder(event.dataTransfer!);
      this.open(() => dropped);
    });
  }
}
