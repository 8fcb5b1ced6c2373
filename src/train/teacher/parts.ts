// What a teacher puts out, as Parquet: a row a text, its numbers in float16. A file holds so many texts that losing
// one costs a minute.

import { HashformerError } from '../../errors.ts';
import { halfMagnitude } from '../../model/quantize.ts';
import { optional } from '../../optional.ts';
import type { Text } from '../../tokenizer/text.ts';
import { checksum } from '../../wasm/checksum.ts';
import { instantiateModule } from '../../wasm/module.ts';
import type { Target } from './targets.ts';

/** Where the numbers of text `i` lie: [i · width, (i + 1) · width). */
export interface Outputs {
  readonly width: number;
  readonly data: Float32Array;
}

/** What outputs are of; it must be the same for all files of a folder. */
export interface OutputFacts {
  readonly target: Target;
  /** Names of the labels, of logits. */
  readonly labels: readonly string[];
  /** XXH64 of the teacher's weights. */
  readonly teacher: string;
}

const FACTS = 'hashformer.teacher';
const SUM = 'hashformer.outputs';
const LARGEST_HALF = 65504;
const halves = (text: Text): [string, string] => (typeof text === 'string' ? [text, ''] : [...text]);

/** XXH64 of numbers: what a file says that it holds. Parquet has no checksums of its own. */
async function sumOf(data: Float32Array): Promise<string> {
  const { exports } = await instantiateModule();
  return checksum(exports, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/**
 * The bytes of a file, and the numbers as they will be read back from it.
 *
 * @throws HashformerError `numeric`: a number is too large for float16; `dependency`
 */
export async function encodePart(
  texts: readonly Text[],
  { width, data: given }: Outputs,
  facts: OutputFacts,
): Promise<{ readonly bytes: Uint8Array; readonly rounded: Outputs }> {
  const data = given.map((x) => Math.sign(x) * halfMagnitude(x));
  const large = data.findIndex((x) => !(Math.abs(x) <= LARGEST_HALF));
  if (large !== -1) {
    throw new HashformerError(
      'numeric',
      `The teacher puts out ${given[large]} for text ${Math.floor(large / width)}, which is too large for float16; ` +
        'do not keep its outputs.',
    );
  }
  const { parquetWriteBuffer } = await optional(
    'hyparquet-writer',
    'Keeping what a teacher puts out',
    () => import('hyparquet-writer'),
  );
  const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' } as const;
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      schema: [
        { name: 'root', num_children: 3 },
        { name: 'text', ...text },
        { name: 'pair', ...text },
        { name: 'output', repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        {
          name: 'element',
          type: 'FIXED_LEN_BYTE_ARRAY',
          type_length: 2,
          logical_type: { type: 'FLOAT16' },
          repetition_type: 'REQUIRED',
        },
      ],
      columnData: [
        { name: 'text', data: texts.map((one) => halves(one)[0]) },
        { name: 'pair', data: texts.map((one) => halves(one)[1]) },
        {
          name: 'output',
          data: texts.map((_, i) => Array.from(data.subarray(i * width, (i + 1) * width))),
          // No dictionary and no statistics: hardly a number comes twice.
          encoding: 'PLAIN',
          statistics: false,
        },
      ],
      kvMetadata: [
        { key: FACTS, value: JSON.stringify(facts) },
        { key: SUM, value: await sumOf(data) },
      ],
      createdBy: 'hashformer',
    }),
  );
  return { bytes, rounded: { width, data } };
}

const reader = () => optional('hyparquet', 'Reading what a teacher put out', () => import('hyparquet'));

function damaged(name: string, why: string, cause?: unknown): HashformerError {
  return new HashformerError(
    'source',
    `${name} holds no outputs of a teacher: ${why}; remove it to have them computed again.`,
    { cause },
  );
}

/** What a file's metadata say. */
async function fieldOf(bytes: Uint8Array, name: string, field: string): Promise<string> {
  const { parquetMetadata } = await reader();
  let value: string | undefined;
  try {
    const { key_value_metadata: fields } = parquetMetadata(bytes.slice().buffer);
    value = fields?.find(({ key }) => key === field)?.value;
  } catch (cause) {
    throw damaged(name, (cause as Error).message, cause);
  }
  if (value === undefined) throw damaged(name, `its metadata lack ${field}`);
  return value;
}

/**
 * Of which teacher a file is.
 *
 * @param name the file in messages
 * @throws HashformerError `source`: damaged; `dependency`
 */
export async function decodeFacts(bytes: Uint8Array, name: string): Promise<OutputFacts> {
  const value = await fieldOf(bytes, name, FACTS);
  let facts: Partial<OutputFacts>;
  try {
    facts = Object(JSON.parse(value));
  } catch (cause) {
    throw damaged(name, (cause as Error).message, cause);
  }
  const { target, labels, teacher } = facts;
  if (target !== undefined && Array.isArray(labels) && typeof teacher === 'string') {
    return { target, labels, teacher };
  }
  throw damaged(name, `its metadata lack ${FACTS}`);
}

/**
 * Reads a file back.
 *
 * @param texts what it must hold
 * @param name the file in messages
 * @throws HashformerError `source`: damaged, or of other texts; `dependency`
 */
export async function decodePart(bytes: Uint8Array, texts: readonly Text[], name: string): Promise<Outputs> {
  const outputs = await readRows(bytes, texts, name);
  if ((await sumOf(outputs.data)) === (await fieldOf(bytes, name, SUM))) return outputs;
  throw damaged(name, 'its numbers are not those that were written');
}

async function readRows(bytes: Uint8Array, texts: readonly Text[], name: string): Promise<Outputs> {
  const { parquetReadObjects } = await reader();
  let rows: { text: string; pair: string; output: number[] }[];
  try {
    rows = (await parquetReadObjects({ file: bytes.slice().buffer })) as typeof rows;
  } catch (cause) {
    throw damaged(name, (cause as Error).message, cause);
  }
  const same = texts.every((text, i) => {
    const [first, second] = halves(text);
    return rows[i]?.text === first && rows[i]?.pair === second;
  });
  if (rows.length !== texts.length || !same) {
    throw new HashformerError(
      'source',
      `${name} holds outputs for other texts than these; name another folder for them, or remove it.`,
    );
  }
  const width = rows[0]?.output?.length ?? 0;
  const data = new Float32Array(rows.length * width);
  for (const [i, { output }] of rows.entries()) {
    const valid = width > 0 && output?.length === width && output.every(Number.isFinite);
    if (!valid) throw damaged(name, `those of text ${i} are no ${width} finite numbers`);
    data.set(output, i * width);
  }
  return { width, data };
}
