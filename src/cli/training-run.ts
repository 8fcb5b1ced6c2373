import { HashformerError } from '../errors.ts';
import type { CheckpointEvent, TrainingEvent } from '../train/report/events.ts';
import { TrainingProgress } from './training-progress.ts';

/**
 * Runs a training with its progress on stderr. What fails leaves the line that says where the last checkpoint is.
 *
 * @param train gets what is to be called with each event
 */
export async function withProgress<T>(
  quiet: boolean | undefined,
  train: (onEvent: (event: TrainingEvent) => void) => Promise<T>,
): Promise<T> {
  const progress = new TrainingProgress({ quiet: quiet ?? false });
  let kept: CheckpointEvent | undefined;
  // An event may wait for the package of the bar; those behind it wait, too.
  let shown = Promise.resolve();
  try {
    const result = await train((event) => {
      if (event.type === 'checkpoint' && event.kind === 'last') kept = event;
      shown = shown.then(() => progress.update(event));
    });
    await shown;
    return result;
  } catch (error) {
    await shown;
    if (error instanceof HashformerError && error.code !== 'aborted' && kept !== undefined) {
      const { folder, step } = kept as CheckpointEvent;
      process.stderr.write(
        `hashformer: the checkpoint of step ${step.toLocaleString('en-US')} is kept in ${folder}\n`,
      );
    }
    throw error;
  } finally {
    progress.stop();
  }
}

/** A word as a shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Says how to go on with a run that was stopped. */
export function sayHowToGoOn(words: readonly string[], state: string): void {
  const again = words.includes('--resume') ? words : [...words, '--resume'];
  process.stderr.write(`hashformer: ${state}; to go on: hashformer ${again.map(quoted).join(' ')}\n`);
}
