// Browsers, their workers and whatever has no files: texts in memory, one thread. No file of this build imports what
// only Node has, so that every bundler takes it.

import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { Place } from './place.ts';

function noFiles(paths: readonly string[], instead: string): HashformerError {
  return new HashformerError(
    'argument',
    `There is no file system here to read ${paths.map(show).join(', ')} from; give ${instead}.`,
  );
}

function noThreads(workers: string): HashformerError {
  return new HashformerError(
    'argument',
    `Training runs in one thread here, not in ${workers}; leave the option "workers" out.`,
  );
}

export const place: Place = {
  check: ({ out, workers }) => {
    if (out !== undefined) {
      throw new HashformerError(
        'argument',
        `There is no file system here to write ${show(out)} to; leave the option "out" out and save the result's ` +
          'model: model.save() gives its bytes.',
      );
    }
    if (workers > 1) throw noThreads(String(workers));
  },
  readDataset: async (path) => {
    throw noFiles([path], 'the texts and labels themselves, as { texts, labels }');
  },
  readUnlabelled: async ({ files }) => {
    throw noFiles(files, 'a list of the texts themselves');
  },
  openCorpus: async (operands) => {
    throw noFiles(operands, 'the texts themselves, as { texts }');
  },
  openRun: async (folder) => {
    throw noFiles([folder], 'no folder of a run');
  },
  outputParts: async (folder) => {
    throw noFiles([folder], 'a teacher, and no folder of its outputs: they are kept in memory');
  },
  threads: async () => {
    throw noThreads('several');
  },
};
