import { SPECIAL_TOKENS } from '../../../assembly/abi.ts';
import type { CreateEmbed } from './embed.ts';
import { eachToken } from './tokens.ts';

/** `emb`: one row a bucket; special tokens have the first five rows. */
export const embedBucket: CreateEmbed = (weights, hasher) => {
  const addRow = weights.table('embedding.buckets');
  return eachToken((token, id, out) => {
    addRow(token === null ? id : hasher.bucket(hasher.code(token)) + SPECIAL_TOKENS, out);
  });
};
