// Writes sentences.json: 1,000 texts that every runtime must answer alike. Run it with `node`; the file is committed,
// so that engines without a file system or a random number of their own read the same texts.

import { writeFileSync } from 'node:fs';

const WORDS = {
  plain:
    `the a of and movie film story plot actor scene music song it is was this that never always almost truly
    rather quite gorgeous witty seductive dull lifeless mess funny touching clever tired predictable brilliant bad good
    great awful slow bright dark quiet loud cast script camera director ending love hate enjoy watch recommend avoid with
    without for from into about after before while because although however anyway perhaps certainly`.split(
      /\s+/,
    ),
  rare: `antidisestablishmentarianism soooooo gooood unwatchably rewatchable mise-en-scène cinéma naïve façade coöperate
    O'Brien don't can't it's l'amour e-mail 3.14 1,000,000 50% $9.99 #hashtag @name http://example.org/a?b=c C++ A/B x²
    ﬁlm Straße İstanbul ΣΊΣΥΦΟΣ ŒUVRE ǅ ẞ`.split(/\s+/),
  scripts:
    `фильм прекрасный скучно ταινία όμορφη 電影 とても面白い 映画 영화 재미있다 फ़िल्म सुंदर หนัง ดีมาก فيلم جميل סרט יפה
    հրաշալի ფილმი ፊልም သရုပ်ဆောင် ខ្សែភាពយន្ត`.split(/\s+/),
  marks: [
    '😀',
    '👩‍👩‍👧',
    '🏳️‍🌈',
    'e\u0301',
    'a\u030A\u0323',
    '…',
    '—',
    '“quoted”',
    '(sic)',
    '!!!',
    '?!',
    ';',
    ':',
    '\t',
    '\u00A0',
    '\u200B',
    '\u{1D400}',
    '\uFFFD',
  ],
};
const KINDS = ['plain', 'plain', 'plain', 'plain', 'plain', 'plain', 'rare', 'scripts', 'marks'];

/** Numbers of [0, 1) by a linear congruential generator (Numerical Recipes, 3rd ed., 7.1.4). */
function random(state) {
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const next = random(20221207);
const pick = (list) => list[Math.floor(next() * list.length)];
const spell = (word) => {
  const chance = next();
  if (chance < 0.05) return word.toUpperCase();
  if (chance < 0.15) return word.charAt(0).toUpperCase() + word.slice(1);
  if (chance < 0.2) return word + word.slice(-1).repeat(3);
  return word;
};

const texts = ['', ' ', 'a', 'a gorgeous, witty, seductive movie', 'a dull, lifeless mess'];
while (texts.length < 1000) {
  const length = 1 + Math.floor(next() ** 2 * 60);
  const words = Array.from({ length }, () => spell(pick(WORDS[pick(KINDS)])));
  texts.push(`${words.join(' ')}${pick(['', '.', '!', '?', ' .'])}`);
}
writeFileSync(new URL('sentences.json', import.meta.url), `${JSON.stringify(texts, null, 1)}\n`);
