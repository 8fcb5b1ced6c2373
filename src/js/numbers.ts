/** A row of numbers: typed where the engine has typed arrays, else a plain array. */
export interface Numbers {
  [index: number]: number;
  readonly length: number;
}

function zeros(length: number): Numbers {
  const list: number[] = [];
  for (let i = 0; i < length; i++) list.push(0);
  return list;
}

/** Zeros, each to hold a float32. */
export function floats(length: number): Numbers {
  return typeof Float32Array === 'function' ? new Float32Array(length) : zeros(length);
}

/** Zeros, each to hold any number. */
export function doubles(length: number): Numbers {
  return typeof Float64Array === 'function' ? new Float64Array(length) : zeros(length);
}

/** Zeros, each to hold 0 to 255. */
export function bytes(length: number): Numbers {
  return typeof Uint8Array === 'function' ? new Uint8Array(length) : zeros(length);
}

/** `count` rows of `width` zeros. */
export function rows(count: number, width: number): Numbers[] {
  const list: Numbers[] = [];
  for (let i = 0; i < count; i++) list.push(floats(width));
  return list;
}

/** Rows that a call leaves to the next one, whose numbers stay in them: engines are slow to make and to free fresh ones. */
export function reusedRows(width: number, make = floats): (count: number) => Numbers[] {
  const list: Numbers[] = [];
  return (count) => {
    while (list.length < count) list.push(make(width));
    return list.slice(0, count);
  };
}
