import type { ConfusionMap } from '../page-data.ts';
import { grouped, percent } from '../words.ts';
import { colour, onTheme } from './colours.ts';

/** A cell in CSS pixels. */
const SMALLEST = 4;
const LARGEST = 18;

/** Draws a matrix that is too large for a table, a cell a label pair; the cell under the pointer is put in words. */
export function drawConfusion({ labels, cells }: ConfusionMap): void {
  const canvas = document.getElementById('confusion') as HTMLCanvasElement;
  const readout = document.getElementById('confusion-cell')!;
  const totals = new Array<number>(labels.length).fill(0);
  const counts = new Map<number, number>();
  for (const [gold, predicted, count] of cells) {
    totals[gold]! += count;
    counts.set(gold * labels.length + predicted, count);
  }
  const room = canvas.parentElement!.clientWidth;
  const size = Math.max(SMALLEST, Math.min(LARGEST, Math.floor(room / labels.length)));
  const side = size * labels.length;
  const draw = () => {
    const ratio = devicePixelRatio;
    canvas.width = side * ratio;
    canvas.height = side * ratio;
    canvas.style.width = `${side}px`;
    canvas.style.height = `${side}px`;
    const context = canvas.getContext('2d')!;
    context.scale(ratio, ratio);
    context.fillStyle = colour('empty');
    context.fillRect(0, 0, side, side);
    const [right, wrong] = [colour('curve'), colour('wrong')];
    for (const [gold, predicted, count] of cells) {
      // By its root, so that a few mistakes are seen beside many hits.
      context.globalAlpha = 0.15 + 0.85 * Math.sqrt(count / totals[gold]!);
      context.fillStyle = gold === predicted ? right : wrong;
      context.fillRect(predicted * size, gold * size, size, size);
    }
  };
  draw();
  onTheme(draw);
  canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => {
    const [gold, predicted] = [Math.floor(offsetY / size), Math.floor(offsetX / size)];
    const [row, column] = [labels[gold], labels[predicted]];
    if (row === undefined || column === undefined) return;
    const count = counts.get(gold * labels.length + predicted) ?? 0;
    readout.textContent = `gold ${row}, predicted ${column}: ${grouped(count)} of ${grouped(totals[gold]!)} (${percent(count / totals[gold]!)})`;
  });
}
