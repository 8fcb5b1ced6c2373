import { place } from '#place';
import { runtime } from '#runtime';
import { throwIfAborted } from '../../abort.ts';
import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { Text } from '../../tokenizer/text.ts';
import type { Crowd } from './crowd.ts';
import type { OutputFacts, Outputs } from './parts.ts';

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

function checkFacts(found: OutputFacts, expected: OutputFacts, path: string): void {
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  const [is, wanted] = [found, expected].map(
    ({ target, teacher }) => `${target} of the weights ${show(teacher)}`,
  );
  const labels = found.teacher === expected.teacher && found.target === expected.target;
  throw new HashformerError(
    'source',
    `${path} holds what another teacher put out: ${labels ? 'its labels have other names' : `${is}, not ${wanted}`}; ` +
      'name another folder for the outputs, or remove this one.',
  );
}

/**
 * Of which teacher a folder's outputs are, by its first file.
 *
 * @throws HashformerError `source`: there is none, it is damaged, or of another target; `dependency`
 */
export async function readFacts(folder: string, target: OutputFacts['target']): Promise<OutputFacts> {
  const { decodeFacts } = await place.outputParts(folder);
  const path = `${folder}/${nameOf(0)}`;
  const bytes = await runtime.read(folder, nameOf(0));
  if (bytes === undefined) throw missing(folder, 0);
  const facts = await decodeFacts(bytes, path);
  if (facts.target === target) return facts;
  throw new HashformerError(
    'source',
    `${path} holds ${facts.target} of a teacher, not ${target}; name another folder, or a teacher.`,
  );
}

const missing = (folder: string, part: number) =>
  new HashformerError(
    'source',
    `${folder} lacks ${nameOf(part)}, and there is no teacher to ask; name one with --teacher.`,
  );

/**
 * What a teacher puts out for texts. With a folder, each 4,096 are written when they are there, so that what was computed
 * once is never computed again; they are read back in float16, whether they were there or not.
 *
 * @param crowd who answers; without it all must be in the folder
 * @param facts of the teacher
 * @throws HashformerError `source`: a file is damaged, missing, of other texts or of another teacher; `aborted`: finished
 *   files are kept; `dependency`
 */
export async function collectOutputs(
  texts: readonly Text[],
  crowd: Crowd | undefined,
  facts: OutputFacts,
  { folder, signal, onProgress }: OutputOptions,
): Promise<Outputs> {
  const parts = folder === undefined ? undefined : await place.outputParts(folder);
  const count = Math.ceil(texts.length / PART);
  const found: Outputs[] = [];
  let next = 0;
  let done = 0;
  const take = async (i: number): Promise<void> => {
    throwIfAborted(signal);
    const some = texts.slice(i * PART, (i + 1) * PART);
    const bytes = folder === undefined ? undefined : await runtime.read(folder, nameOf(i));
    if (bytes !== undefined && parts !== undefined) {
      const path = `${folder}/${nameOf(i)}`;
      checkFacts(await parts.decodeFacts(bytes, path), facts, path);
      found[i] = await parts.decodePart(bytes, some, path);
    } else {
      if (crowd === undefined) throw missing(folder!, i);
      const outputs = await crowd.ask(some, signal);
      found[i] = folder === undefined ? outputs : await keep(folder, nameOf(i), some, outputs, facts);
    }
    done += some.length;
    onProgress?.(done, texts.length);
  };
  const work = async () => {
    try {
      while (next < count) await take(next++);
    } catch (error) {
      next = count;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: Math.min(crowd?.size ?? 1, count) }, work));
  const { width } = found[0]!;
  const other = found.findIndex((part) => part.width !== width);
  if (other !== -1) {
    throw new HashformerError(
      'source',
      `${folder}/${nameOf(other)} holds ${found[other]!.width} numbers a text, and ${nameOf(0)} ${width}; ` +
        'remove it to have them computed again.',
    );
  }
  const data = new Float32Array(texts.length * width);
  for (const [i, part] of found.entries()) data.set(part.data, i * PART * width);
  return { width, data };
}

/** Writes a file and gives its numbers as they will be read back. */
async function keep(
  folder: string,
  name: string,
  texts: readonly Text[],
  outputs: Outputs,
  facts: OutputFacts,
): Promise<Outputs> {
  const { encodePart } = await place.outputParts(folder);
  const { bytes, rounded } = await encodePart(texts, outputs, facts);
  await runtime.write(folder, new Map([[name, bytes]]));
  return rounded;
}
