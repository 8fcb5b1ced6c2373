// Node, Deno and Bun.

import type { Place } from './place.ts';

export const place: Place = {
  check: () => undefined,
  readDataset: async (...given) => (await import('../data/dataset.ts')).readDataset(...given),
  readUnlabelled: async (...given) => (await import('../data/unlabelled.ts')).readUnlabelled(...given),
  openCorpus: async (operands, folder, signal) => {
    const { Corpus } = await import('../corpus/corpus.ts');
    return Corpus.open(operands, { folder: folder ?? (await import('node:os')).tmpdir(), signal });
  },
  openRun: async (folder, resume) => (await import('../run/run-folder.ts')).RunFolder.open(folder, resume),
  outputParts: () => import('../teacher/parts.ts'),
  threads: () => import('../threads.ts'),
};
