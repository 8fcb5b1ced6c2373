// Many tokens hashed at once against node:crypto, a call a token; both start from strings.

import { createHash, createHmac, hash } from 'node:crypto';
import { median, race, ratio } from './lib/measure.mjs';
import { goal, table } from './lib/table.mjs';
import { words } from './lib/words.mjs';
import { hashAll } from './ours.mjs';

const GOAL = 15;

export async function hashing({ quick }) {
  const tokens = words(100_000, 1);
  await check(tokens.slice(0, 1000));
  const theirs = {
    'createHash, digest()': (token) => createHash('md5').update(token).digest(),
    "createHash, digest('hex')": (token) => createHash('md5').update(token).digest('hex'),
    "hash(…, 'hex')": (token) => hash('md5', token, 'hex'),
    'createHmac, digest()': (token) => createHmac('md5', 'en').update(token).digest(),
  };
  const runners = { 'ours, HMAC and bucket': () => hashAll(tokens) };
  for (const [name, one] of Object.entries(theirs)) runners[name] = () => each(tokens, one);
  const times = await race(runners, quick ? { rounds: 5, warmMs: 300 } : { rounds: 21, warmMs: 1000 });
  const [ours] = Object.values(times);
  const rows = Object.entries(times).map(([name, mine]) => {
    const speed = tokens.length / median(mine) / 1e3;
    const wanted = name.startsWith('createHash') ? GOAL : undefined;
    const cells = mine === ours ? ['', '', ''] : goal(wanted, ratio(mine, ours));
    return [name, speed.toFixed(2), ...cells];
  });
  const bytes = tokens.join('').length / tokens.length;
  const note = `${tokens.length} tokens of ${bytes.toFixed(1)} bytes on average; ours is HMAC-MD5, two blocks a token.`;
  return `${note}\n\n${table(['hash', 'M tokens/s', 'goal', 'ours is faster by', 'met'], rows)}`;
}

/** One call a token; something of every result is used, so that none can be left out. */
function each(tokens, one) {
  let sum = 0;
  for (let i = 0; i < tokens.length; i++) sum += one(tokens[i]).length;
  return sum;
}

/** The same digests as node:crypto's, 16 bytes a token. */
async function check(tokens) {
  const got = Buffer.from((await hashAll(tokens)).codes).toString('hex');
  const wanted = tokens.map((token) => createHmac('md5', 'en').update(token).digest('hex')).join('');
  if (got !== wanted) throw new Error('our HMAC-MD5 differs from the one of node:crypto');
}
