import { ROWS, TOKEN_TABLE } from '../abi';
import { hidden, region, rowCount } from '../batch';
import { hiddenRowBytes } from '../model';
import { tableAt } from '../tensor';
import { addRow } from './rows';

/** `vocab`: one row an id of the vocabulary, special tokens among them. Adds to `hidden`. */
export function addVocabularyRows(): void {
  const table = tableAt(TOKEN_TABLE, 0);
  for (let t = 0, out = hidden; t < rowCount; t++, out += hiddenRowBytes()) {
    addRow(table, load<i32>(region(ROWS) + (<usize>t << 2)), out);
  }
}
