import type { ModelFacts, Reading, Result } from '../protocol.ts';
import { bar, byId, element, number } from './dom.ts';
import { bytes, duration, grouped, percent, rough } from './words.ts';

type Scores = Extract<Result, { kind: 'scores' }>;
type Similarity = Extract<Result, { kind: 'similarity' }>;

/** Labels that are shown; the rest are counted. */
const MOST_LABELS = 20;

function scoreList({ scores, probabilities }: Scores): HTMLElement {
  const largest = Math.max(...scores.map(({ score }) => Math.abs(score)));
  const items = scores
    .slice(0, MOST_LABELS)
    .map(({ label, score }, i) =>
      element(
        'li',
        {},
        element('bdi', {}, label),
        number(score, probabilities ? percent(score) : score.toFixed(4)),
        bar(probabilities ? score : Math.abs(score) / largest, i === 0 ? 'best' : ''),
      ),
    );
  const rest = scores.length - items.length;
  return element(
    'div',
    {},
    element('ul', { class: 'scores' }, ...items),
    rest > 0 ? element('p', { class: 'lead' }, `And ${grouped(rest)} labels with less.`) : null,
  );
}

function cell(cosine: number): HTMLElement {
  const made = element('td', {}, number(cosine, cosine.toFixed(3)));
  made.style.setProperty('--share', String(Math.max(cosine, 0)));
  return made;
}

function similarityTable({ sentences, cosines, more }: Similarity): HTMLElement {
  const heads = sentences.map((_, i) => element('th', { scope: 'col' }, String(i + 1)));
  const rows = sentences.map((sentence, i) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, `${i + 1}. `, element('bdi', {}, sentence)),
      ...cosines[i]!.map(cell),
    ),
  );
  return element(
    'div',
    {},
    element(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Cosine similarities' },
      element(
        'table',
        { class: 'similarity' },
        element('thead', {}, element('tr', {}, element('td'), ...heads)),
        element('tbody', {}, ...rows),
      ),
    ),
    more > 0 ? element('p', { class: 'lead' }, `${grouped(more)} more sentences are left out.`) : null,
  );
}

/** The result in a sentence, for whoever hears the page. */
function spoken(result: Result): string {
  if (result.kind === 'scores') {
    const [best] = result.scores;
    return best === undefined
      ? ''
      : `${best.label}, ${result.probabilities ? percent(best.score) : best.score.toFixed(4)}`;
  }
  let [most, pair] = [-2, ''];
  for (const [i, row] of result.cosines.entries()) {
    for (const [j, cosine] of row.entries()) {
      if (j > i && cosine > most) [most, pair] = [cosine, `sentences ${i + 1} and ${j + 1}`];
    }
  }
  return pair === '' ? '' : `Most alike: ${pair}, cosine ${most.toFixed(3)}`;
}

/** The model's answer, or what to type to get one. */
export function showResult({ result, milliseconds, rows }: Reading, facts: ModelFacts, empty: boolean): void {
  const similarity = facts.task === 'similarity';
  byId('result-title').textContent = similarity ? 'Similarity' : 'Label scores';
  byId('result').replaceChildren(
    empty
      ? element('p', { class: 'lead' }, 'Type a sentence above.')
      : result.kind === 'scores'
        ? scoreList(result)
        : similarityTable(result),
  );
  byId('hint').textContent = similarity
    ? 'Each line is a sentence; they are compared with each other.'
    : 'All that you type is one text.';
  byId('milliseconds').replaceChildren(number(milliseconds, duration(milliseconds)));
  byId('rows').textContent = grouped(rows);
  byId('tier').textContent = facts.tier;
  byId('memory').textContent = bytes(facts.memoryBytes);
}

export function announce({ result }: Reading, empty: boolean): void {
  byId('spoken').textContent = empty ? '' : spoken(result);
}

export function showSpeed(tokensPerSecond: number, calls: number): void {
  byId('throughput').replaceChildren(number(tokensPerSecond, rough(tokensPerSecond)));
  byId('calls').textContent = calls === 1 ? 'over one call' : `over ${grouped(calls)} calls in a row`;
}
