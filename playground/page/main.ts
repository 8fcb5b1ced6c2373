// The script of the page: what happens when something is typed, chosen or dropped. The worker computes.

import type { ModelFacts, ModelSource, Reading, ShownHash, Task } from '../protocol.ts';
import { AttentionPanel } from './attention.ts';
import { latest, settled, startWorker } from './client.ts';
import { byId, chosen } from './dom.ts';
import { Editor } from './editor.ts';
import { ModelBar } from './model-bar.ts';
import { announce, showResult, showSpeed } from './results.ts';
import { showSpellings } from './spellings.ts';
import { showToken, showTokens } from './tokens.ts';

const EXAMPLES: Record<Task, string> = {
  classification: 'A gorgeous, witty, seductive movie',
  similarity: 'A man plays a guitar\nSomeone is playing music\nThe stock market fell',
};
/** Milliseconds without a key after which what takes longer is computed, and the result is said. */
const PAUSE = 120;
const SPOKEN_PAUSE = 900;

const call = startWorker();
const form = byId('hashes');

let facts: ModelFacts;
let reading: { readonly text: string; readonly found: Reading } | undefined;
let selected = 0;

/** Says what went wrong with a text. */
function complain({ message }: Error): void {
  byId('alert').textContent = message;
}

const hash = () => chosen(form, 'hash') as ShownHash;
const isEmpty = (text: string) => text.trim() === '';

/** The token at the cursor, or the one before it. */
function atCursor({ tokens }: Reading): number {
  const after = tokens.findIndex(({ span }) => span !== null && span[1] >= editor.cursor);
  return after < 0 ? tokens.length - 1 : after;
}

function showText(): void {
  if (reading === undefined) return;
  const { text, found } = reading;
  editor.mark(text, found, selected);
  showTokens(found, facts, hash(), selected, select);
  showToken(found.tokens[selected], facts);
}

function showSelected(): void {
  showText();
  attentionPanel.select(selected);
  lookUp();
}

function select(index: number): void {
  if (reading === undefined || reading.found.tokens[index] === undefined || index === selected) return;
  selected = index;
  showSelected();
}

const lookUp = latest(async () => {
  const tokens = reading?.found.tokens ?? [];
  const token = tokens[selected];
  byId('looked-into').hidden = token === undefined;
  if (token === undefined) return;
  const typed = tokens.map(({ text }) => text);
  const [shown, found] = [hash(), await call('spellings', token.text, typed, hash())];
  if (shown === hash()) showSpellings(found, shown);
}, complain);

async function attend(patient: boolean): Promise<void> {
  if (reading === undefined) return;
  const { text, found } = reading;
  attentionPanel.show(await call('attention', text.slice(found.start, found.end), patient), selected);
}

const look = latest(async () => {
  if (reading === undefined || isEmpty(reading.text)) return;
  const { tokensPerSecond, calls } = await call('measure', reading.text);
  showSpeed(tokensPerSecond, calls);
  await attend(false);
}, complain);
const pause = settled(() => {
  lookUp();
  look();
}, PAUSE);
const speak = settled(() => {
  if (reading !== undefined) announce(reading.found, isEmpty(reading.text));
}, SPOKEN_PAUSE);

const read = latest(async () => {
  const { text, cursor } = editor;
  const found = await call('read', text, cursor);
  reading = { text, found };
  selected = atCursor(found);
  byId('details').hidden = isEmpty(text);
  showResult(found, facts, isEmpty(text));
  showText();
  pause();
  speak();
}, complain);

/** The line with the cursor is looked at; within it, the token at the cursor. */
function follow(): void {
  if (reading === undefined || reading.text !== editor.text) return;
  const { start, end } = reading.found;
  if (editor.cursor < start || editor.cursor > end) read();
  else select(atCursor(reading.found));
}

async function load(source: ModelSource): Promise<ModelFacts> {
  const loaded = await call('load', source);
  const untouched = Object.values(EXAMPLES).includes(editor.text) || editor.text === '';
  if (untouched) editor.text = EXAMPLES[loaded.task];
  facts = loaded;
  reading = undefined;
  attentionPanel.offer(facts);
  read();
  return facts;
}

const editor = new Editor(() => read(), follow);
const attentionPanel = new AttentionPanel(select, () => attend(true).catch(complain));
form.addEventListener('change', showSelected);
// Whoever has no pointer scrolls with the keyboard.
for (const region of document.querySelectorAll<HTMLElement>('.scroll, #tokens')) region.tabIndex = 0;
new ModelBar(load).open(async () => 'sentiment');
