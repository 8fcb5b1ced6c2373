import { script, scriptHash, style, styleHash } from '#report/page';
import { confusionSection, labelName, MOST_IN_TABLE } from './confusion.ts';
import type { FinalEvaluation, TrainingEvent, WrongExample } from './events.ts';
import { readHistory } from './history.ts';
import { embeddedJson, html, Markup } from './html.ts';
import { confusionMap, pageData } from './page-data.ts';
import { summary, title } from './summary.ts';
import { figure, percent } from './words.ts';

/** Of the examples most wrong, so many are shown, and so many characters of each. */
const MOST_EXAMPLES = 100;
const LONGEST_TEXT = 1000;

function text(value: string): Markup {
  const shown = value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
  return html`<bdi>${shown}</bdi>`;
}

function exampleRow({ text: first, pair, gold, predicted, confidence, loss }: WrongExample): Markup {
  const second = pair === undefined ? html`` : html`<hr>${text(pair)}`;
  return html`<tr><td class="text">${text(first)}${second}</td><td class="name">${labelName(gold)}</td><td class="name">${labelName(predicted)}</td><td>${percent(confidence)}</td><td>${figure(loss)}</td></tr>`;
}

function examples(worst: readonly WrongExample[]): Markup {
  if (worst.length === 0) return html``;
  return html`<section id="examples"><h2>Most wrong</h2>
<p class="lead">The examples of the dev data with the largest loss: often labels worth a second look.</p>
<div class="scroll tall"><table class="examples"><thead><tr><th scope="col" class="text">text</th><th scope="col" class="name">gold</th><th scope="col" class="name">predicted</th><th scope="col">confidence</th><th scope="col">loss</th></tr></thead>
<tbody>${worst.slice(0, MOST_EXAMPLES).map(exampleRow)}</tbody></table></div></section>`;
}

const CHARTS = html`<section id="curves"><h2>Curves</h2>
<form class="controls">
<fieldset><legend>Along</legend>
<label><input type="radio" name="along" value="step" checked> steps</label>
<label><input type="radio" name="along" value="epoch"> epochs</label>
<label><input type="radio" name="along" value="seconds"> time</label></fieldset>
<label class="smoothing">Smoothing <input id="smoothing" type="range" min="0" max="10" step="0.5" value="2"> <output id="smoothed"></output></label>
<button type="button" id="whole">Show all</button>
</form>
<p class="lead">Drag over a chart to look closer at all of them; “Show all” or a double click goes back. A dashed line marks the best evaluation.</p>
<div id="charts"><noscript><p>The curves are drawn by a script, and scripts are switched off.</p></noscript></div></section>`;

/**
 * The report of a run as one HTML page: it asks for nothing over the network, and runs no script but its own, whatever
 * the texts in it are. The same events and evaluation give the same bytes.
 */
export async function renderReport(
  events: AsyncIterable<TrainingEvent> | Iterable<TrainingEvent>,
  evaluation?: FinalEvaluation,
): Promise<string> {
  const history = await readHistory(events);
  const mapped = evaluation !== undefined && evaluation.labels.length > MOST_IN_TABLE;
  const data = pageData(history, mapped ? confusionMap(evaluation) : null);
  const policy = `default-src 'none'; img-src data:; script-src '${scriptHash}'; style-src '${styleHash}'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title(history)}</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body>
<main>
${summary(history, evaluation)}
${history.steps.length + history.evaluations.length > 0 ? CHARTS : html`<p class="lead">No step has been taken yet.</p>`}
${evaluation === undefined ? [] : [confusionSection(evaluation), examples(evaluation.worst)]}
</main>
<script type="application/json" id="data">${embeddedJson(data)}</script>
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}
