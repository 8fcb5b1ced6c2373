import { BUCKETS, ORDINARY, ROWS, SPECIAL_TOKENS, TOKEN_TABLE } from '../../abi';
import { region, rowCount } from '../../batch';
import { hiddenRowBytes } from '../../model';
import { tableAt } from '../../tensor';
import { dHidden } from '../activations';
import { addGradientRow } from './rows';

/** `emb`: each row's gradient goes to the row that it was. */
export function embBackward(): void {
  const table = tableAt(TOKEN_TABLE, 0);
  let bucket = region(BUCKETS);
  for (let t = 0, gradient = dHidden; t < rowCount; t++, gradient += hiddenRowBytes()) {
    let row = load<i32>(region(ROWS) + (<usize>t << 2));
    if (row == ORDINARY) {
      row = load<i32>(bucket) + SPECIAL_TOKENS;
      bucket += 4;
    }
    addGradientRow(table, row, gradient);
  }
}
