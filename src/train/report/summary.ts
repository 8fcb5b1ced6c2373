import type { FinalEvaluation } from './events.ts';
import type { History } from './history.ts';
import { html, type Markup } from './html.ts';
import { counted, duration, figure, grouped, RUNS, spaced } from './words.ts';

/** Longer settings are cut. */
const LONGEST_SETTING = 500;

/** What the run is, for the heading. */
export function title({ start }: History): string {
  return `${start === undefined ? 'Training' : (RUNS[start.run] ?? start.run)} report`;
}

function state({ end }: History): Markup {
  if (end === undefined) return html`<span class="state going">no end yet: still running, or killed</span>`;
  const kind = end.reason === 'failed' ? 'failed' : end.reason === 'interrupted' ? 'going' : 'done';
  return html`<span class="state ${kind}">${end.reason}</span>`;
}

function card(name: string, value: string, detail = ''): Markup {
  return html`<div class="card"><dt>${name}</dt><dd>${value}<small>${detail}</small></dd></div>`;
}

function cards(history: History): Markup[] {
  const { start, steps, best, bestMetric, end } = history;
  const last = steps.at(-1);
  const planned = start === undefined ? '' : `of ${grouped(start.steps)}`;
  const seconds = end?.seconds ?? last?.seconds ?? Number.NaN;
  const tokens = steps.reduce((total, step) => total + step.tokens, 0);
  const score = bestMetric === undefined ? undefined : best?.metrics[bestMetric];
  return [
    ...(best === undefined
      ? []
      : [
          score === undefined
            ? card('best dev loss', figure(best.loss), `at step ${grouped(best.step)}`)
            : card(`best dev ${spaced(bestMetric!)}`, figure(score), `at step ${grouped(best.step)}`),
        ]),
    card('training loss', figure(last?.loss ?? Number.NaN), 'of the last step'),
    card('steps', grouped(last?.step ?? 0), planned),
    card('training time', duration(seconds), last === undefined ? '' : `${figure(last.epoch)} epochs`),
    card('tokens', grouped(tokens), `${grouped(tokens / seconds)} a second`),
    ...(start === undefined ? [] : [card('parameters', grouped(start.parameters), 'trained')]),
  ];
}

function cut(text: string): string {
  return text.length > LONGEST_SETTING ? `${text.slice(0, LONGEST_SETTING)}…` : text;
}

function row(name: string, value: unknown): Markup {
  return html`<tr><th scope="row">${name}</th><td><bdi>${value}</bdi></td></tr>`;
}

function facts({ start, resumedAt, end }: History): Markup {
  if (start === undefined) return html``;
  const { seed = (start.config as { seed?: unknown }).seed } = start;
  return html`<table class="facts"><tbody>
${(start.data ?? []).map((line, i) => row(i === 0 ? 'data' : '', line))}
${seed === undefined ? [] : row('seed', String(seed))}
${row('workers', `${counted(start.workers, 'worker')}, ${start.tier} build`)}
${resumedAt.length > 0 ? row('went on after', `step ${resumedAt.map(grouped).join(', ')}`) : []}
${end?.message === undefined ? [] : row('ended because', end.message)}
</tbody></table>`;
}

function notes({ start }: History): Markup {
  const lines = start?.notes ?? [];
  if (lines.length === 0) return html``;
  return html`<aside class="notes"><h2>Please note</h2><ul>${lines.map((note) => html`<li><bdi>${note}</bdi></li>`)}</ul></aside>`;
}

function settings({ start }: History): Markup {
  const entries = Object.entries(start?.config ?? {});
  if (entries.length === 0) return html``;
  const rows = entries.map(([name, value]) =>
    row(name, cut(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))),
  );
  return html`<details><summary>All settings</summary><table class="facts"><tbody>${rows}</tbody></table></details>`;
}

function finalMetrics(evaluation: FinalEvaluation | undefined): Markup {
  const entries = Object.entries(evaluation?.metrics ?? {});
  if (entries.length === 0) return html``;
  const rows = entries.map(([name, value]) => row(spaced(name), figure(value)));
  return html`<h2>The final model on the dev data</h2><table class="facts figures"><tbody>${rows}</tbody></table>`;
}

/** The top of the page. */
export function summary(history: History, evaluation: FinalEvaluation | undefined): Markup {
  return html`<header><h1>${title(history)}</h1>${state(history)}</header>
<dl class="cards">${cards(history)}</dl>
${notes(history)}
<section class="sides"><div><h2>This run</h2>${facts(history)}${settings(history)}</div><div>${finalMetrics(evaluation)}</div></section>`;
}
