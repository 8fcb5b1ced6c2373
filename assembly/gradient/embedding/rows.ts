import { Table } from '../../tensor';
import { addInPlace } from '../linear';
import { gradientOf } from '../parameters';

/** Adds to the gradient of row `row` of a table. */
export function addGradientRow(table: Table, row: i32, gradient: usize): void {
  addInPlace(gradientOf(table.data) + ((<usize>row * <usize>table.stride) << 2), gradient, table.stride);
}
