import { type Command, Option } from 'commander';
import { WEIGHT_DTYPES, type WeightDType } from '../architecture/dtypes.ts';
import { HashformerError } from '../errors.ts';
import { HashFormer } from '../model/hashformer.ts';
import { LAYOUTS, type Layout } from '../model/layout.ts';
import { isShipped } from '../runtime/runtime.ts';
import type { Text } from '../tokenizer/text.ts';
import { compare, type Difference } from './compare.ts';
import type { Context } from './context.ts';
import { type Facts, readFacts } from './facts.ts';
import { meterFor, readTexts } from './input/read.ts';
import { findSources } from './input/sources.ts';
import { grouped, size } from './report.ts';
import { checkTarget, isSameFolder } from './target.ts';

interface Options {
  dtype?: WeightDType;
  layout?: Layout;
  force?: boolean;
  json?: boolean;
  texts?: string;
  textColumn?: string;
}

const HELP = `
<in> is a model's folder or address, with weights as safetensors, in shards or
as pytorch_model.bin, or "sentiment" or "sentence", which are built in. The
result is loaded again, and its logits (without a classification head: its
vectors) are compared with those of <in> on some English sentences, or on yours
with --texts. int8 stores linear layers and the token table in 8 bits, with a
scale a row, and leaves the rest in f32.

Examples:
  $ hashformer convert ./my-model ./my-model-int8 --dtype int8
  $ hashformer convert ./theirs ./ours --layout hashformer --dtype f16
  $ hashformer convert sentiment ./ours --dtype f16 --texts reviews.csv --json`;

async function* comparedTexts(
  { texts, textColumn }: Options,
  signal: AbortSignal,
): AsyncGenerator<readonly Text[]> {
  if (texts === undefined) {
    yield (await import('./sentences.ts')).SENTENCES;
    return;
  }
  const options = {
    file: [texts],
    header: true,
    quotes: true,
    ...(textColumn === undefined ? {} : { textColumn }),
  };
  const sources = await findSources([], 0, options);
  yield* readTexts(sources, options, meterFor(sources), signal);
}

function describe(
  from: Facts,
  to: Facts,
  { compared, texts, largest, mean, changedLabels }: Difference,
): string {
  const share = ((to.bytes / from.bytes) * 100).toFixed(1);
  const changed = changedLabels === null ? '' : `; ${grouped(changedLabels)} of them get another label`;
  return [
    `weights  ${from.dtypes[0]} -> ${to.dtypes[0]}`,
    `layout   ${from.layout} -> ${to.layout}`,
    `bytes    ${grouped(from.bytes)} -> ${grouped(to.bytes)} (${size(to.bytes)}, ${share}%)`,
    `error    ${compared} of ${grouped(texts)} texts: largest difference ${largest.toExponential(2)}, ` +
      `mean ${mean.toExponential(2)}${changed}`,
    '',
  ].join('\n');
}

async function convert(
  input: string,
  output: string,
  options: Options,
  { signal }: Context,
): Promise<string> {
  if (!isShipped(input) && (await isSameFolder(input, output))) {
    throw new HashformerError(
      'argument',
      'A model cannot be converted onto itself; name another folder to write to.',
    );
  }
  await checkTarget(output, options.force);
  const source = input;
  const before = await HashFormer.load(source, { signal });
  const { dtype, layout } = options;
  await before.save(output, {
    ...(dtype === undefined ? {} : { dtype }),
    ...(layout === undefined ? {} : { layout }),
  });
  const after = await HashFormer.load(output, { signal });
  const difference = await compare(before, after, comparedTexts(options, signal), signal);
  const [from, to] = [await readFacts(source, signal), await readFacts(output, signal)];
  if (!options.json) return describe(from, to, difference);
  const report = {
    input,
    output,
    dtypes: { before: from.dtypes, after: to.dtypes },
    layout: { before: from.layout, after: to.layout },
    bytes: { before: from.bytes, after: to.bytes },
    ...difference,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

export function define(command: Command, context: Context): void {
  command
    .argument('<in>', 'the model to convert')
    .argument('<out>', 'the folder to write')
    .addOption(
      new Option('--dtype <type>', 'type of the weights (default: as they are)').choices(WEIGHT_DTYPES),
    )
    .addOption(new Option('--layout <name>', 'names of the tensors (default: as they are)').choices(LAYOUTS))
    .option('--force', 'replace a model that is there')
    .option('--texts <file>', 'compare on these texts (.txt, .jsonl, .csv, .tsv, .parquet)')
    .option('--text-column <name>', 'column that holds them')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(async (input: string, output: string, options: Options) => {
      process.stdout.write(await convert(input, output, options, context));
    });
}
