// What the sources of hashformer/js may use of newer JavaScript, and the functions and classes of src/js/library.ts that
// take its place. What is in neither ES5 nor here is an error of the build.

/**
 * Classes, by what takes their place, and with what they may be made: `nothing` (and strings for keys), `a length`, or
 * `anything` that their replacement takes.
 *
 * @type {Readonly<Record<string, { by: string, from: 'nothing' | 'a length' | 'anything' }>>}
 */
export const CLASSES = {
  Map: { by: 'StringMap', from: 'nothing' },
  Set: { by: 'StringSet', from: 'nothing' },
  TextDecoder: { by: 'Utf8Decoder', from: 'anything' },
  Int32Array: { by: 'Integers', from: 'a length' },
  Uint32Array: { by: 'Integers', from: 'a length' },
};

/** Functions of globals, by what takes their place. */
export const STATICS = /** @type {Readonly<Record<string, string>>} */ ({
  'Number.isInteger': 'isInteger',
  'Number.isSafeInteger': 'isSafeInteger',
  'Number.isFinite': 'isFiniteNumber',
  'Math.trunc': 'trunc',
  'Array.from': 'arrayFrom',
  'Object.values': 'values',
  'Object.entries': 'pairs',
  'Object.fromEntries': 'fromEntries',
  'Object.assign': 'assign',
  'Object.freeze': 'freeze',
  'Object.hasOwn': 'hasOwn',
  'String.fromCodePoint': 'fromCodePoint',
});

const OF_ARRAYS = /** @type {const} */ ({
  entries: 'indexed',
  fill: 'fill',
  find: 'find',
  flatMap: 'flatMap',
  includes: 'includes',
  reduceRight: 'reduceRight',
});
/** Typed arrays are plain ones where the engine has none: what would change the original through a view is not here. */
const OF_INTEGERS = /** @type {const} */ ({
  entries: 'indexed',
  fill: 'fill',
  includes: 'includes',
  reduceRight: 'reduceRight',
});

/**
 * Methods, by the type that declares them.
 *
 * @type {Readonly<Record<string, Readonly<Record<string, string>>>>}
 */
export const METHODS = {
  Array: OF_ARRAYS,
  ReadonlyArray: OF_ARRAYS,
  Int32Array: OF_INTEGERS,
  Uint32Array: OF_INTEGERS,
  Float32Array: OF_INTEGERS,
  Uint8Array: { ...OF_INTEGERS, subarray: 'subarray' },
  String: {
    codePointAt: 'codePointAt',
    endsWith: 'endsWith',
    includes: 'includes',
    startsWith: 'startsWith',
    trimStart: 'trimStart',
  },
};

/** Types of TypeScript that stand for a class: they are only looked at. */
export const CLASS_OF = /** @type {Readonly<Record<string, string>>} */ ({
  ReadonlyMap: 'Map',
  ReadonlySet: 'Set',
  TextDecoderCommon: 'TextDecoder',
});

/** Globals that lib.es5.d.ts declares and ES5 lacks: a use must first ask whether they are there. */
export const NOT_OF_ES5 = new Set([
  'ArrayBuffer',
  'DataView',
  'Float32Array',
  'Float64Array',
  'Int8Array',
  'Int16Array',
  'Int32Array',
  'Intl',
  'Uint8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Uint32Array',
]);

/** What a typed array has in common with a plain one, which may stand in its place. */
export const OF_EVERY_LIST = new Set(['length']);

/** What arrays of ES5 have that always stand in the place of these. */
export const OF_PLAIN_ARRAYS = /** @type {Readonly<Record<string, ReadonlySet<string>>>} */ ({
  Int32Array: new Set(['slice']),
  Uint32Array: new Set(['slice']),
});

/** Types that only the replacements above give, as arrays, and those that are arrays by another name. */
export const ARRAYS_AT_RUN_TIME = new Set([
  'ArrayIterator',
  'Float32Array',
  'Float64Array',
  'IArguments',
  'Int32Array',
  'MapIterator',
  'RegExpExecArray',
  'RegExpMatchArray',
  'TemplateStringsArray',
  'Uint32Array',
  'Uint8Array',
]);
