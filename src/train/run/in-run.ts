import { place } from '#place';
import type { RunSettings } from '../settings.ts';
import type { RunStore } from './run-store.ts';

/** Does the work of a run, which has its folder, where it writes one, to itself. */
export async function inRun<Position, T>(
  { out, resume = false }: RunSettings,
  work: (folder: RunStore<Position> | undefined) => Promise<T>,
): Promise<T> {
  const folder = out === undefined ? undefined : await place.openRun<Position>(out, resume);
  try {
    return await work(folder);
  } finally {
    await folder?.close();
  }
}
