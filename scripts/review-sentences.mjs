// Unlabelled texts for the distillation in docs/training-results.md: sentences of reviews in the spelling of SST-2, one a line.
//
//   node scripts/review-sentences.mjs --sst2 SST-2 --count 177000 imdb/train.tsv subj/all.tsv > reviews.txt
//
// Reads column "text" of tab-separated files. What stands in SST-2's dev or test set, or shares eight words in a row with
// a sentence there, is left out. Of what remains the sentences with the least SHA-1 are taken: a sample that depends on
// the sentences alone, already in random order.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';

const FEWEST_WORDS = 4;
const MOST_WORDS = 32;
const SHARED_WORDS = 8;

const { values, positionals } = parseArgs({
  options: { sst2: { type: 'string' }, count: { type: 'string', default: 'Infinity' } },
  allowPositionals: true,
});
if (values.sst2 === undefined || positionals.length === 0) {
  throw new Error('Name the folder of SST-2 (--sst2) and at least one file of reviews.');
}

function column(path, name) {
  /** @type {Record<string, string>[]} */
  const rows = parse(readFileSync(path), { columns: true, delimiter: '\t', quote: false });
  return rows.map((row) => row[name]);
}

/** The Penn Treebank's spelling, lower-cased, as SST-2 has it: `it does n't`, ` `` quoted '' `, punctuation apart. */
function treebank(sentence) {
  return sentence
    .toLowerCase()
    .replace(/[‘’`]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/(^|[\s([{])"/g, '$1 `` ')
    .replace(/"/g, " '' ")
    .replace(/\.{2,}|…/g, ' ... ')
    .replace(/-{2,}|[–—]/g, ' -- ')
    .replace(/\bcannot\b/g, 'can not')
    .replace(/n't\b/g, " n't")
    .replace(/(\w)'(s|m|d|ll|re|ve)\b/g, "$1 '$2")
    .replace(/[!?;:()[\]{}&%$*/]/g, ' $& ')
    .replace(/,(?!\d)/g, ' , ')
    .replace(/(^|\s)'(?=\w{3})/g, '$1` ')
    .replace(/(\w)'(?=\s|$)/g, "$1 '")
    .replace(/(?<!\.)\.(?=\s*(''|'|\))?\s*$)/g, ' . ')
    .trim()
    .replace(/\s+/g, ' ');
}

function* sentencesOf(review) {
  const text = review.replace(/<br\s*\/?>/gi, ' ').replace(/\s+/g, ' ');
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text)) {
    yield treebank(segment);
  }
}

/** Words alone: the comparison with dev and test is not to miss a sentence for its punctuation. */
const wordsOf = (sentence) => sentence.match(/[\p{L}\p{N}]+/gu) ?? [];

function* runsOf(sentence) {
  const words = wordsOf(sentence);
  for (let first = 0; first + SHARED_WORDS <= words.length; first += 1) {
    yield words.slice(first, first + SHARED_WORDS).join(' ');
  }
}

const measured = ['dev', 'test'].flatMap((split) => column(`${values.sst2}/${split}.tsv`, 'sentence'));
const measuredSentences = new Set(measured.map((sentence) => wordsOf(sentence).join(' ')));
const measuredRuns = new Set(measured.flatMap((sentence) => [...runsOf(sentence)]));

function isOfMeasured(sentence) {
  return (
    measuredSentences.has(wordsOf(sentence).join(' ')) ||
    [...runsOf(sentence)].some((run) => measuredRuns.has(run))
  );
}

const found = new Map();
for (const path of positionals) {
  for (const review of column(path, 'text')) {
    for (const sentence of sentencesOf(review)) {
      const length = sentence.split(' ').length;
      if (length < FEWEST_WORDS || length > MOST_WORDS || isOfMeasured(sentence)) continue;
      found.set(sentence, createHash('sha1').update(sentence).digest('hex'));
    }
  }
}
const sample = [...found].sort(([, a], [, b]) => (a < b ? -1 : 1)).slice(0, Number(values.count));
process.stdout.write(sample.map(([sentence]) => `${sentence}\n`).join(''));
process.stderr.write(`${sample.length} of ${found.size} sentences\n`);
