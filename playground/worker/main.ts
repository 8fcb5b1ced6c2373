// The worker of the page: everything that computes.

import { HashformerError } from '../../src/errors.ts';
import type { Calls, Reply, Request } from '../protocol.ts';
import { attention } from './attention.ts';
import { factsOf, type Loaded, loadModel } from './model.ts';
import { measure, read } from './reading.ts';
import { spellings } from './spellings.ts';

let loaded: Loaded;

const calls: Calls = {
  load: async (source) => {
    const next = await loadModel(source);
    const facts = factsOf(next);
    loaded?.model.dispose();
    loaded = next;
    return facts;
  },
  read: (text, cursor) => read(loaded, text, cursor),
  measure: (text) => measure(loaded, text),
  spellings,
  attention: async (text, patient) => attention(loaded, text, patient),
};

async function reply({ id, call, args }: Request): Promise<Reply> {
  try {
    const answer = calls[call] as (...args: readonly unknown[]) => Promise<unknown>;
    return { id, value: await answer(...args) };
  } catch (error) {
    const { message } = error as Error;
    return { id, error: error instanceof HashformerError ? message : `Something is wrong here: ${message}` };
  }
}

// One call after the other: a model has one memory.
let queue: Promise<unknown> = Promise.resolve();
addEventListener('message', ({ data }: MessageEvent<Request>) => {
  queue = queue.then(async () => postMessage(await reply(data)));
});
