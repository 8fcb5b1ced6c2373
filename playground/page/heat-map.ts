/** A cell in CSS pixels. */
const SMALLEST = 13;
const LARGEST = 30;
/** Room for names in CSS pixels, and what they are written in. */
const MARGIN = 92;
const FONT = '12px system-ui, sans-serif';

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A name that fits into the margin. */
function fitted(context: CanvasRenderingContext2D, name: string): string {
  const letters = Array.from(name);
  const width = (text: string) => context.measureText(text).width;
  if (width(name) <= MARGIN - 8) return name;
  while (letters.length > 1 && width(`${letters.join('')}…`) > MARGIN - 8) letters.pop();
  return `${letters.join('')}…`;
}

/** Rows over columns of weights between 0 and 1, with their names, on a canvas. */
export class HeatMap {
  readonly #canvas: HTMLCanvasElement;
  #names: readonly string[] = [];
  #size = SMALLEST;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** The row and column at a place in the canvas; undefined beside them. */
  at(x: number, y: number): { row: number; column: number } | undefined {
    const [column, row] = [x, y].map((place) => Math.floor((place - MARGIN) / this.#size)) as [
      number,
      number,
    ];
    const inside = (index: number) => index >= 0 && index < this.#names.length;
    return inside(row) && inside(column) ? { row, column } : undefined;
  }

  /**
   * @param weights [names, names]
   * @param room width in CSS pixels; where cells would be too small, the canvas is wider
   * @param marked a row that stands out
   */
  draw(names: readonly string[], weights: Float32Array, room: number, marked: number): void {
    this.#names = names;
    const count = names.length;
    const size = Math.max(SMALLEST, Math.min(LARGEST, Math.floor((room - MARGIN - 2) / count)));
    this.#size = size;
    const side = MARGIN + size * count + 2;
    const canvas = this.#canvas;
    canvas.width = canvas.height = side * devicePixelRatio;
    canvas.style.width = canvas.style.height = `${side}px`;
    const context = canvas.getContext('2d')!;
    context.scale(devicePixelRatio, devicePixelRatio);
    context.fillStyle = colour('empty');
    context.fillRect(MARGIN, MARGIN, size * count, size * count);
    context.fillStyle = colour('accent');
    const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
    for (const [i, weight] of weights.entries()) {
      // By its root, so that small weights are seen beside large ones.
      context.globalAlpha = Math.sqrt(weight / largest);
      const [x, y] = [MARGIN + (i % count) * size, MARGIN + Math.floor(i / count) * size];
      context.fillRect(x + 0.5, y + 0.5, size - 1, size - 1);
    }
    context.globalAlpha = 1;
    this.#writeNames(context, marked);
    if (marked >= 0 && marked < count) {
      context.strokeStyle = colour('text');
      context.strokeRect(MARGIN + 0.5, MARGIN + marked * size + 0.5, size * count - 1, size - 1);
    }
  }

  #writeNames(context: CanvasRenderingContext2D, marked: number): void {
    context.font = FONT;
    context.textBaseline = 'middle';
    for (const [i, name] of this.#names.entries()) {
      const place = MARGIN + (i + 0.5) * this.#size;
      const text = fitted(context, name);
      context.fillStyle = colour(i === marked ? 'text' : 'muted');
      context.textAlign = 'right';
      context.fillText(text, MARGIN - 6, place);
      context.save();
      context.translate(place, MARGIN - 6);
      context.rotate(-Math.PI / 2);
      context.textAlign = 'left';
      context.fillText(text, 0, 0);
      context.restore();
    }
  }
}
