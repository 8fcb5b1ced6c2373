import { type Distances, SHOWN_HASHES, type ShownHash, type Spelling, type Spellings } from '../protocol.ts';
import { bitGrid, hexOf } from './bits.ts';
import { bar, byId, element } from './dom.ts';
import { grouped, shortened } from './words.ts';

const NAMES: Record<ShownHash, string> = { simhash: 'SimHash', md5: 'MD5' };
const BITS = 128;
/** Distances that share a bar of a histogram. */
const STEP = 4;

const SVG = 'http://www.w3.org/2000/svg';

function row({ word, from, distance, code }: Spelling, own: Uint8Array): HTMLElement {
  return element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row' },
      element('bdi', {}, shortened(word)),
      from === 'text' ? element('small', {}, ' in your text') : null,
    ),
    element('td', { class: 'grid' }, bitGrid(code, 32, undefined, own)),
    element('td', { class: 'figure' }, bar(distance / BITS), String(distance)),
  );
}

function table(caption: string, spellings: readonly Spelling[], own: Uint8Array): HTMLElement {
  return element(
    'table',
    { class: 'spellings' },
    element('caption', {}, caption),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { scope: 'col' }, 'spelling'),
        element('th', { scope: 'col' }, 'bits, differing ones marked'),
        element('th', { scope: 'col' }, 'distance'),
      ),
    ),
    element('tbody', {}, ...spellings.map((spelling) => row(spelling, own))),
  );
}

function mean(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count, distance) => sum + count * distance, 0) / Math.max(total, 1);
}

/** Counts of bins as bars from the bottom, the highest as high as the chart. */
function bars(counts: readonly number[], name: string): SVGPathElement {
  const bins = Array.from({ length: BITS / STEP + 1 }, (_, bin) =>
    counts.slice(bin * STEP, (bin + 1) * STEP).reduce((sum, count) => sum + count, 0),
  );
  const most = Math.max(...bins, 1);
  const made = document.createElementNS(SVG, 'path');
  const outline = bins.map((count, bin) => {
    const height = (count / most) * 40;
    return count === 0 ? '' : `M${bin * STEP} 40v${-height}h${STEP - 0.5}v${height}z`;
  });
  made.setAttribute('d', outline.join(''));
  made.setAttribute('class', name);
  return made;
}

function histogram(hash: ShownHash, { list, misspellings }: Distances): HTMLElement {
  const chart = document.createElementNS(SVG, 'svg');
  chart.setAttribute('viewBox', `0 0 ${BITS + STEP} 40`);
  chart.setAttribute('preserveAspectRatio', 'none');
  chart.setAttribute('class', 'histogram');
  chart.setAttribute('aria-hidden', 'true');
  chart.append(bars(list, 'list'), bars(misspellings, 'misspelling'));
  const made = misspellings.some((count) => count > 0);
  return element(
    'figure',
    {},
    element('figcaption', {}, NAMES[hash]),
    chart,
    element(
      'p',
      { class: 'scale', 'aria-hidden': 'true' },
      ...[0, 32, 64, 96, 128].map((tick) => element('span', {}, String(tick))),
    ),
    element(
      'p',
      {},
      `Words of the list: ${mean(list).toFixed(0)} bits away on average. `,
      made ? `Misspellings: ${mean(misspellings).toFixed(0)}.` : 'It is too short for misspellings.',
    ),
  );
}

/** The bits of the selected token, what is near them, and how either hash spreads spellings. */
export function showSpellings(found: Spellings, hash: ShownHash): void {
  const { token, code, bucket, words, misspellings, distances, listed } = found;
  const hex = hexOf(code);
  const set = code.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
  byId('bits').replaceChildren(
    bitGrid(code, 16, `${NAMES[hash]} of ${shortened(token)}: ${hex}; ${set} of 128 bits are set.`),
  );
  byId('hex').textContent = hex.replace(/.{8}(?=.)/g, '$& ');
  byId('bucket').textContent =
    `${set} of 128 bits set. As a number mod 50,260, and 5 for special tokens: bucket ${grouped(bucket)}.`;
  byId('nearest').replaceChildren(
    table(`Nearest of your text and ${grouped(listed)} common words`, words, code),
    misspellings.length === 0 ? '' : table('Nearest of misspellings made of it', misspellings, code),
  );
  byId('distances').replaceChildren(...SHOWN_HASHES.map((one) => histogram(one, distances[one])));
}
