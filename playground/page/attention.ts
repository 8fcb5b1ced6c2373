import type { Attention, ModelFacts, Refusal } from '../protocol.ts';
import { bar, byId, element, number } from './dom.ts';
import { HeatMap } from './heat-map.ts';
import { duration, grouped, percent, shortened } from './words.ts';

/** Tokens that are listed as those most attended to. */
const MOST = 8;
/** Numbers that a table of all weights may have. */
const MOST_CELLS = 5000;

function option(value: string, text: string): HTMLOptionElement {
  return element('option', { value }, text);
}

/** The mean of several equally long lists. */
function mean(lists: readonly Float32Array[]): Float32Array {
  return lists[0]!.map((_, i) => lists.reduce((sum, list) => sum + list[i]!, 0) / lists.length);
}

/** Why there is nothing to see. */
function reasonOf({ rows, seconds }: Refusal): string {
  return seconds === null
    ? `With ${grouped(rows)} tokens the map would be too large to read; shorten the text.`
    : `Computing these weights takes about ${Math.ceil(seconds)} s for this model.`;
}

/** Where the weights come from, and how near that is to what answers. */
function comparison({ layers, milliseconds, difference }: Attention): string {
  if (layers === 0) return 'This model has no layer that attends.';
  return `Computed in float64 over the same weights in ${duration(milliseconds)}, as the wasm module keeps none; the results of both differ by ${difference.toExponential(0)} at most.`;
}

/** Attention as a picture, as the list of what one token attends to most, and as a table. */
export class AttentionPanel {
  readonly #canvas = byId<HTMLCanvasElement>('heat-map');
  readonly #map = new HeatMap(this.#canvas);
  readonly #layer = byId<HTMLSelectElement>('layer');
  readonly #head = byId<HTMLSelectElement>('head');
  readonly #table = byId<HTMLDetailsElement>('weights');
  #attention: Attention | undefined;
  #selected = 0;

  /** @param onSelect is told which token was chosen in the picture */
  constructor(onSelect: (token: number) => void, onPatience: () => void) {
    const draw = () => this.#draw();
    this.#layer.addEventListener('change', draw);
    this.#head.addEventListener('change', draw);
    this.#table.addEventListener('toggle', draw);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
    let width = 0;
    new ResizeObserver(([entry]) => {
      if (entry!.contentRect.width !== width) draw();
      width = entry!.contentRect.width;
    }).observe(this.#canvas.parentElement!);
    this.#canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => this.#point(offsetX, offsetY));
    this.#canvas.addEventListener('click', ({ offsetX, offsetY }) => {
      const cell = this.#map.at(offsetX, offsetY);
      if (cell !== undefined) onSelect(cell.row - this.#attention!.first);
    });
    byId('patience').addEventListener('click', onPatience);
  }

  /** Choices for a model's layers and heads. */
  offer({ layers, heads }: ModelFacts): void {
    const numbers = (count: number, name: string) =>
      Array.from({ length: count }, (_, i) => option(String(i), `${name} ${i + 1}`));
    this.#layer.replaceChildren(...numbers(layers, 'layer'));
    this.#layer.value = String(Math.max(layers - 1, 0));
    this.#head.replaceChildren(option('mean', 'mean of all heads'), ...numbers(heads, 'head'));
    this.#attention = undefined;
  }

  /** Weights, or why there are none. */
  show(found: Attention | Refusal, selected: number): void {
    const refused = 'seconds' in found;
    const drawn = !refused && found.layers > 0;
    this.#attention = drawn ? { ...found, labels: found.labels.map(shortened) } : undefined;
    this.#selected = selected;
    byId('attention').hidden = !drawn;
    byId('patience').hidden = !refused || found.seconds === null;
    byId('attention-lead').textContent = refused ? reasonOf(found) : comparison(found);
    this.#draw();
  }

  select(selected: number): void {
    this.#selected = selected;
    this.#draw();
  }

  /** The weights of the head that is chosen, [rows, rows]. */
  #weights({ labels, heads, weights }: Attention): Float32Array {
    const size = labels.length ** 2;
    const of = (head: number) => {
      const at = (Number(this.#layer.value) * heads + head) * size;
      return weights.subarray(at, at + size);
    };
    if (this.#head.value !== 'mean') return of(Number(this.#head.value));
    return mean(Array.from({ length: heads }, (_, head) => of(head)));
  }

  #draw(): void {
    const attention = this.#attention;
    if (attention === undefined) return;
    const { labels, first } = attention;
    const weights = this.#weights(attention);
    const row = this.#selected < 0 ? 0 : Math.min(first + this.#selected, labels.length - 1);
    this.#map.draw(labels, weights, this.#canvas.parentElement!.clientWidth, row);
    this.#list(labels, weights, row);
    this.#fillTable(labels, weights);
    byId('pointed').textContent =
      'Rows attend to columns: the more colour, the more. Point at a cell to read it.';
  }

  #list(labels: readonly string[], weights: Float32Array, row: number): void {
    const ranked = labels
      .map((label, i) => ({ label, weight: weights[row * labels.length + i]! }))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, MOST);
    const name = labels[row]!;
    this.#canvas.setAttribute(
      'aria-label',
      `Heat map of attention, ${this.#layer.selectedOptions[0]!.text}, ${this.#head.selectedOptions[0]!.text}. ${name} attends most to ${ranked[0]!.label}, ${percent(ranked[0]!.weight)}. All weights are in the table below.`,
    );
    byId('attends').replaceChildren(element('bdi', {}, name), ' attends to');
    byId('attended').replaceChildren(
      ...ranked.map(({ label, weight }) =>
        element('li', {}, element('bdi', {}, label), number(weight, percent(weight)), bar(weight, 'best')),
      ),
    );
  }

  #fillTable(labels: readonly string[], weights: Float32Array): void {
    if (!this.#table.open) return;
    const count = labels.length;
    const shown = Math.min(count, Math.floor(MOST_CELLS / count));
    const rows = labels
      .slice(0, shown)
      .map((label, i) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, element('bdi', {}, label)),
          ...Array.from(weights.subarray(i * count, (i + 1) * count), (weight) =>
            element('td', {}, number(weight, weight.toFixed(3))),
          ),
        ),
      );
    const heads = labels.map((label) => element('th', { scope: 'col' }, element('bdi', {}, label)));
    byId('weights-table').replaceChildren(
      element(
        'table',
        {},
        element('thead', {}, element('tr', {}, element('td'), ...heads)),
        element('tbody', {}, ...rows),
      ),
    );
    byId('weights-lead').textContent =
      shown < count
        ? `The first ${shown} rows of ${count}.`
        : 'Each row attends to the columns; rows add up to 1.';
  }

  #point(x: number, y: number): void {
    const attention = this.#attention;
    const cell = this.#map.at(x, y);
    if (attention === undefined || cell === undefined) return;
    const { labels } = attention;
    const weight = this.#weights(attention)[cell.row * labels.length + cell.column]!;
    byId('pointed').textContent = `${labels[cell.row]} attends to ${labels[cell.column]}: ${percent(weight)}`;
  }
}
