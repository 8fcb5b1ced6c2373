import { add, mul, splat } from '../kernel/lane';
import { Table } from '../tensor';

/** out += row `row` of a table, `table.stride` numbers. */
export function addRow(table: Table, row: i32, out: usize): void {
  const at = <usize>row * <usize>table.stride;
  if (table.scales) addInt8Row(table.data + at, load<f32>(table.scales + (<usize>row << 2)), table.stride, out);
  else if (ASC_FEATURE_SIMD) addFloatRow<v128>(table.data + (at << 2), table.stride, out);
  else addFloatRow<f32>(table.data + (at << 2), table.stride, out);
}

// @ts-ignore: decorator
@inline
function addFloatRow<T>(row: usize, width: i32, out: usize): void {
  for (let end = out + (<usize>width << 2); out < end; out += sizeof<T>(), row += sizeof<T>()) {
    store<T>(out, add<T>(load<T>(out), load<T>(row)));
  }
}

function addInt8Row(row: usize, scale: f32, width: i32, out: usize): void {
  const end = out + (<usize>width << 2);
  if (ASC_FEATURE_SIMD) {
    const scales = f32x4.splat(scale);
    for (; out < end; out += 16, row += 4) {
      const words = i16x8.extend_low_i8x16_s(v128.load32_zero(row));
      const value = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words));
      v128.store(out, f32x4.add(v128.load(out), f32x4.mul(value, scales)));
    }
  } else {
    for (; out < end; out += 4, row++) {
      store<f32>(out, load<f32>(out) + <f32>load<i8>(row) * scale);
    }
  }
}

/** row *= factor, `width` numbers (a multiple of 4). */
export function scaleRow(row: usize, width: i32, factor: f32): void {
  if (ASC_FEATURE_SIMD) scaleLanes<v128>(row, width, factor);
  else scaleLanes<f32>(row, width, factor);
}

// @ts-ignore: decorator
@inline
function scaleLanes<T>(row: usize, width: i32, factor: f32): void {
  for (let end = row + (<usize>width << 2); row < end; row += sizeof<T>()) {
    store<T>(row, mul<T>(load<T>(row), splat<T>(factor)));
  }
}
