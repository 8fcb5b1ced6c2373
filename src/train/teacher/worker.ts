// A thread that answers for a teacher.

import { parentPort, workerData } from 'node:worker_threads';
import { HashformerError } from '../../errors.ts';
import { HashFormer } from '../../model/hashformer.ts';
import { answer } from './answer.ts';
import type { Answered, TeacherStart } from './crowd.ts';

const port = parentPort!;
const { model, tier, target } = workerData as TeacherStart;
const teacher = HashFormer.load(model, tier === null ? {} : { tier });
// Who asks is told.
teacher.catch(() => undefined);

port.on('message', async (texts) => {
  let report: Answered;
  try {
    report = { outputs: await answer(await teacher, target, texts) };
  } catch (error) {
    const code = error instanceof HashformerError ? error.code : 'memory';
    report = { failure: { code, message: (error as Error).message } };
  }
  port.postMessage(report);
});
