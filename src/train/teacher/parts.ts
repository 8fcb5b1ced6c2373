// What a teacher puts out, as Parquet: a row a text, its numbers in float16. A file holds so many texts that losing
// one costs a minute.

import { HashformerError } from '../../errors.ts';
import { optional } from '../../optional.ts';
import type { Text } from '../../tokenizer/text.ts';

/** Where the numbers of text `i` lie: [i · width, (i + 1) · width). */
export interface Outputs {
  readonly width: number;
  readonly data: Float32Array;
}

/** What outputs are of; it must be the same for all files of a folder. */
export interface OutputFacts {
  readonly target: 'logits' | 'embeddings';
  /** Names of the labels, of logits. */
  readonly labels: readonly string[];
  /** XXH64 of the teacher's weights. */
  readonly teacher: string;
}

const FACTS = 'hashformer.teacher';
const halves = (text: Text): [string, string] => (typeof text === 'string' ? [text, ''] : [...text]);

/**
 * The bytes of a file.
 *
 * @throws HashformerError `dependency`
 */
export async function encodePart(
  texts: readonly Text[],
  outputs: Outputs,
  facts: OutputFacts,
): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await optional(
    'hyparquet-writer',
    'Keeping what a teacher puts out',
    () => import('hyparquet-writer'),
  );
  const { width, data } = outputs;
  const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' } as const;
  return new Uint8Array(
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
        { name: 'output', data: texts.map((_, i) => Array.from(data.subarray(i * width, (i + 1) * width))) },
      ],
      kvMetadata: [{ key: FACTS, value: JSON.stringify(facts) }],
      createdBy: 'hashformer',
    }),
  );
}

/**
 * Reads a file back.
 *
 * @param texts what it must hold
 * @param name the file in messages
 * @throws HashformerError `source`: damaged, or of other texts; `dependency`
 */
export async function decodePart(
  bytes: Uint8Array,
  texts: readonly Text[],
  name: string,
): Promise<Outputs & { readonly facts: OutputFacts }> {
  const parquet = await optional('hyparquet', 'Reading what a teacher put out', () => import('hyparquet'));
  const file = bytes.slice().buffer;
  let rows: { text: string; pair: string; output: number[] }[];
  let facts: OutputFacts;
  try {
    const { key_value_metadata } = parquet.parquetMetadata(file);
    facts = JSON.parse(key_value_metadata?.find(({ key }) => key === FACTS)?.value ?? '');
    rows = (await parquet.parquetReadObjects({ file })) as typeof rows;
  } catch (cause) {
    throw new HashformerError(
      'source',
      `${name} holds no outputs of a teacher: ${(cause as Error).message}; remove it to have them computed again.`,
      { cause },
    );
  }
  const width = rows[0]?.output.length ?? 0;
  const same = texts.every((text, i) => {
    const [first, second] = halves(text);
    return rows[i]?.text === first && rows[i]?.pair === second;
  });
  if (rows.length !== texts.length || !same || rows.some(({ output }) => output.length !== width)) {
    throw new HashformerError(
      'source',
      `${name} holds outputs for other texts than these; name another folder for them, or remove it.`,
    );
  }
  const data = new Float32Array(rows.length * width);
  for (const [i, { output }] of rows.entries()) data.set(output, i * width);
  return { width, data, facts };
}
