import { ROWS, TOKEN_TABLE } from '../../abi';
import { region, rowCount } from '../../batch';
import { hiddenRowBytes } from '../../model';
import { tableAt } from '../../tensor';
import { dHidden } from '../activations';
import { addGradientRow } from './rows';

/** `vocab`: each row's gradient goes to the row of its id. */
export function vocabBackward(): void {
  const table = tableAt(TOKEN_TABLE, 0);
  for (let t = 0, gradient = dHidden; t < rowCount; t++, gradient += hiddenRowBytes()) {
    addGradientRow(table, load<i32>(region(ROWS) + (<usize>t << 2)), gradient);
  }
}
