import type { FinalEvaluation } from './events.ts';
import { html, type Markup } from './html.ts';
import { grouped, percent } from './words.ts';

/** Up to so many labels are a table; more are a map, which the page's script draws. */
export const MOST_IN_TABLE = 24;

/** Shades that the style sheet has: 0 to 10. */
const SHADES = 10;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A label as it is shown: one without characters must be seen too. */
export function labelName(label: string): Markup {
  return label.trim() === '' ? html`<i>(empty)</i>` : html`<bdi>${label}</bdi>`;
}

function cell(count: number, total: number, right: boolean): Markup {
  const shade = total === 0 ? 0 : Math.ceil((count / total) * SHADES);
  if (count === 0) return html`<td class="zero">0</td>`;
  return html`<td class="${right ? 'right' : 'wrong'}${shade}">${grouped(count)}<small>${percent(count / total)}</small></td>`;
}

function confusionTable(labels: readonly string[], confusion: readonly (readonly number[])[]): Markup {
  const rows = confusion.map((row, gold) => {
    const total = sum(row);
    const cells = row.map((count, predicted) => cell(count, total, gold === predicted));
    return html`<tr><th scope="row">${labelName(labels[gold]!)}</th>${cells}<td class="total">${grouped(total)}</td></tr>`;
  });
  const heads = labels.map((label) => html`<th scope="col">${labelName(label)}</th>`);
  return html`<div class="scroll"><table class="confusion">
<thead><tr><th class="corner">gold ↓ predicted →</th>${heads}<th scope="col" class="total">all</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

const MAP = html`<div class="scroll map"><canvas id="confusion" role="img" aria-label="Confusion matrix; the table below has its numbers"></canvas></div>
<p id="confusion-cell" class="readout" aria-live="polite">Gold labels go down, predictions to the right, both in the order of the labels. Point at a cell, or touch it.</p>`;

/** One row a label: how often it is found and what it is taken for. Common labels come first. */
function labelTable(labels: readonly string[], confusion: readonly (readonly number[])[]): Markup {
  const predictedTotals = labels.map((_, predicted) => sum(confusion.map((row) => row[predicted]!)));
  const rows = labels.map((label, i) => {
    const row = confusion[i]!;
    const total = sum(row);
    const right = row[i]!;
    const recall = right / total;
    const precision = right / predictedTotals[i]!;
    const f1 = (2 * right) / (total + predictedTotals[i]!);
    const wrong = Math.max(...row.map((count, predicted) => (predicted === i ? 0 : count)));
    const taken = row.findIndex((count, predicted) => predicted !== i && count === wrong);
    return {
      total,
      markup: html`<tr><th scope="row">${labelName(label)}</th><td>${grouped(total)}</td><td>${percent(precision)}</td><td>${percent(recall)}</td><td>${percent(f1)}</td><td class="text">${wrong > 0 ? html`${labelName(labels[taken]!)} (${grouped(wrong)})` : '–'}</td></tr>`,
    };
  });
  rows.sort((a, b) => b.total - a.total);
  return html`<div class="scroll tall"><table class="labels">
<thead><tr><th scope="col">label</th><th scope="col">examples</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th scope="col" class="text">most often taken for</th></tr></thead>
<tbody>${rows.map(({ markup }) => markup)}</tbody></table></div>`;
}

/** The section on which labels are taken for which; nothing where there is no confusion matrix. */
export function confusionSection({ labels, confusion }: FinalEvaluation): Markup {
  if (confusion === undefined || confusion.length === 0) return html``;
  return html`<section id="matrix"><h2>Confusion matrix</h2>
<p class="lead">Rows are gold labels, columns predictions, on the dev data. Shades and percentages are shares of a row.</p>
${labels.length <= MOST_IN_TABLE ? confusionTable(labels, confusion) : MAP}
<h3>Label by label</h3>${labelTable(labels, confusion)}</section>`;
}
