import { runtime } from '#runtime';
import { throwIfAborted } from '../../abort.ts';
import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { Text } from '../../tokenizer/text.ts';
import type { Crowd } from './crowd.ts';
import { decodePart, encodePart, type OutputFacts, type Outputs } from './parts.ts';

/** Texts whose outputs are in one file. */
const PART = 4096;

export interface OutputOptions {
  /** Where files of outputs are, or will be; without it they are kept in memory only. */
  readonly folder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Texts whose outputs are known, and all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const nameOf = (part: number) => `teacher-${String(part).padStart(5, '0')}.parquet`;

function checkFacts(found: OutputFacts, expected: OutputFacts | undefined, path: string): void {
  if (expected === undefined || JSON.stringify(found) === JSON.stringify(expected)) return;
  throw new HashformerError(
    'source',
    `${path} holds ${found.target} of another teacher (weights ${show(found.teacher)}, not ${show(expected.teacher)}); ` +
      'name another folder for the outputs, or remove it.',
  );
}

/**
 * What a teacher puts out for texts. With a folder, each 4,096 are written when they are there, so that what was computed
 * once is never computed again; they are read back in float16, whether they were there or not.
 *
 * @param crowd who answers; without it all must be in the folder
 * @param facts of the teacher; without it those of the folder's files are taken
 * @throws HashformerError `source`: a file is damaged, missing, of other texts or of another teacher; `dependency`
 */
export async function collectOutputs(
  texts: readonly Text[],
  crowd: Crowd | undefined,
  facts: OutputFacts | undefined,
  { folder, signal, onProgress }: OutputOptions,
): Promise<Outputs & { readonly facts: OutputFacts }> {
  const count = Math.ceil(texts.length / PART);
  const parts = Array.from({ length: count }, (_, i) => texts.slice(i * PART, (i + 1) * PART));
  const found: Outputs[] = [];
  let known = facts;
  let done = 0;
  const take = async (i: number): Promise<void> => {
    throwIfAborted(signal);
    const some = parts[i]!;
    const bytes = folder === undefined ? undefined : await runtime.read(folder, nameOf(i));
    if (bytes === undefined) {
      if (crowd === undefined || facts === undefined) {
        throw new HashformerError(
          'source',
          `${folder ?? 'The outputs'} lacks ${nameOf(i)} and there is no teacher to make it; name one with --teacher.`,
        );
      }
      const outputs = await crowd.ask(some, signal);
      found[i] = folder === undefined ? outputs : await keep(folder, nameOf(i), some, outputs, facts);
    } else {
      const part = await decodePart(bytes, some, `${folder}/${nameOf(i)}`);
      checkFacts(part.facts, known, `${folder}/${nameOf(i)}`);
      known ??= part.facts;
      found[i] = part;
    }
    done += some.length;
    onProgress?.(done, texts.length);
  };
  let next = 0;
  const run = async () => {
    while (next < count) await take(next++);
  };
  await Promise.all(Array.from({ length: crowd?.size ?? 1 }, run));
  const width = found[0]!.width;
  const data = new Float32Array(texts.length * width);
  for (const [i, part] of found.entries()) data.set(part.data, i * PART * width);
  return { width, data, facts: known! };
}

/** Writes a file and gives what it holds. */
async function keep(
  folder: string,
  name: string,
  texts: readonly Text[],
  outputs: Outputs,
  facts: OutputFacts,
): Promise<Outputs> {
  const bytes = await encodePart(texts, outputs, facts);
  await runtime.write(folder, new Map([[name, bytes]]));
  return decodePart(bytes, texts, `${folder}/${name}`);
}
