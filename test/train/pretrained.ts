// What the reference implementation learns in eight steps; test/golden/pretrain.py says how the files were made.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { writeSafetensors } from '../../src/formats/safetensors-writer.ts';
import { floats, roberta } from '../helpers.ts';

export const NAMES = ['add', 'emb', 'pool', 'proj'].flatMap((v) => ['lsh', 'md5'].map((h) => `${v}-${h}`));

const CHANGE_STEP = 2 ** -18;

/** A tensor of the reference: rows that its texts reach, and what becomes of them. */
export interface Golden {
  readonly name: string;
  readonly shape: number[];
  /** Indices of the rows that `gradient` and `after` hold. */
  readonly rows: number[];
  readonly width: number;
  readonly gradient: Float32Array;
  readonly after: Float32Array;
}

export interface Pretrained {
  readonly model: { config: object; weights: Uint8Array; tokenizer?: object };
  readonly texts: string[];
  readonly labels: number[][];
  readonly losses: number[];
  readonly optimizer: {
    learningRate: number;
    betas: [number, number];
    epsilon: number;
    weightDecay: number;
  };
  /** The parameters before the first step, complete. */
  readonly init: ReadonlyMap<string, Float32Array>;
  readonly goldens: readonly Golden[];
}

/** Numbers whose first bytes come first, then the second … */
class Planes {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  next(count: number, size: number): DataView {
    const bytes = new Uint8Array(count * size);
    for (let plane = 0; plane < size; plane++) {
      for (let i = 0; i < count; i++) bytes[i * size + plane] = this.#bytes[this.#at++]!;
    }
    return new DataView(bytes.buffer);
  }
}

interface Header {
  labels: number[][];
  losses: number[];
  optimizer: { lr: number; betas: [number, number]; eps: number; weight_decay: number };
  tensors: { name: string; shape: number[]; rows?: number[] }[];
}

/** What stands in rows that no text reaches. */
const unreached = (index: number) => Math.fround(0.5 * Math.sin(index + 1));

export function readPretrained(name: string): Pretrained {
  const folder = new URL(`../golden/models/${name}/`, import.meta.url);
  const json = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  const bytes = gunzipSync(readFileSync(new URL(`../golden/pretrain/${name}.gz`, import.meta.url)));
  const end = bytes.indexOf(10);
  const { labels, losses, optimizer, tensors }: Header = JSON.parse(bytes.toString('utf8', 0, end));

  const shapes = tensors.map(({ name, shape, rows }) => {
    const width = shape.at(-1)!;
    const count = shape.length === 1 ? 1 : shape[0]!;
    return { name, shape, width, rows: rows ?? Array.from({ length: count }, (_, i) => i) };
  });
  const rowCount = shapes.reduce((sum, { rows }) => sum + rows.length, 0);
  const total = shapes.reduce((sum, { rows, width }) => sum + rows.length * width, 0);
  const planes = new Planes(bytes, end + 1);
  const inits = planes.next(total, 4);
  const scales = planes.next(rowCount, 4);
  const gradients = planes.next(total, 2);
  const changes = planes.next(total, 2);

  const init = new Map<string, Float32Array>();
  const goldens: Golden[] = [];
  let at = 0;
  let row = 0;
  for (const { name, shape, width, rows } of shapes) {
    const weights = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => unreached(i));
    const gradient = new Float32Array(rows.length * width);
    const after = new Float32Array(rows.length * width);
    for (const [r, index] of rows.entries()) {
      const scale = scales.getFloat32(row++ * 4, true);
      for (let i = 0; i < width; i++, at++) {
        const before = inits.getFloat32(at * 4, true);
        weights[index * width + i] = before;
        gradient[r * width + i] = scale * gradients.getInt16(at * 2, true);
        after[r * width + i] = before + CHANGE_STEP * changes.getInt16(at * 2, true);
      }
    }
    init.set(name, weights);
    goldens.push({ name, shape, rows, width, gradient, after });
  }
  const stored = new Map(goldens.map(({ name, shape }) => [name, floats(shape, init.get(name)!)]));
  return {
    model: {
      config: json('config.json'),
      weights: writeSafetensors(stored),
      ...(name.endsWith('lsh') ? { tokenizer: roberta() } : {}),
    },
    texts: json('cases.json').map(({ text }: { text: string }) => text),
    labels,
    losses,
    optimizer: {
      learningRate: optimizer.lr,
      betas: optimizer.betas,
      epsilon: optimizer.eps,
      weightDecay: optimizer.weight_decay,
    },
    init,
    goldens,
  };
}
