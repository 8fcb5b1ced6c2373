import { join } from 'node:path';
import type { Command } from 'commander';
import { REPORT_FILE } from '../train/report/events.ts';

interface Options {
  tensorboard?: boolean;
}

const HELP = `
Training writes metrics.jsonl as it goes, and report.html at every checkpoint and
at its end; this makes the page again of metrics.jsonl and, where the run came to
its end, of evaluation.json. The page is one file: it opens from disk, asks for
nothing over the network, and runs no script but its own. --tensorboard writes
what TensorBoard reads, into the folder "tensorboard" in <dir>.

Examples:
  $ hashformer report ./runs/sst2
  $ hashformer report ./runs/sst2 --tensorboard && tensorboard --logdir ./runs`;

export function define(command: Command): void {
  command
    .argument('<dir>', 'the folder of a training run')
    .option('--tensorboard', 'write an event file for TensorBoard, too')
    .addHelpText('after', HELP)
    .action(async (folder: string, { tensorboard }: Options) => {
      const { writeReport } = await import('../train/report/run-record.ts');
      await writeReport(folder);
      process.stdout.write(`${join(folder, REPORT_FILE)}\n`);
      if (!tensorboard) return;
      const { writeTensorBoard } = await import('../train/report/tensorboard.ts');
      process.stdout.write(`${await writeTensorBoard(folder)}\n`);
    });
}
