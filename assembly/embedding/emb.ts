import { BUCKETS, ORDINARY, ROWS, SPECIAL_TOKENS, TOKEN_TABLE } from '../abi';
import { hidden, region, rowCount } from '../batch';
import { hiddenRowBytes } from '../model';
import { tableAt } from '../tensor';
import { addRow } from './rows';

/** `emb`: one row a bucket; special tokens have the first five rows. Adds to `hidden`. */
export function addBucketRows(): void {
  const table = tableAt(TOKEN_TABLE, 0);
  let bucket = region(BUCKETS);
  for (let t = 0, out = hidden; t < rowCount; t++, out += hiddenRowBytes()) {
    let row = load<i32>(region(ROWS) + (<usize>t << 2));
    if (row == ORDINARY) {
      row = load<i32>(bucket) + SPECIAL_TOKENS;
      bucket += 4;
    }
    addRow(table, row, out);
  }
}
