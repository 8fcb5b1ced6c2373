import { HASH_BITS, POOL_CHUNKS } from '../../assembly/abi.ts';
import { parseConfig } from '../architecture/config.ts';
import { POOL_COMPONENTS, type Variant } from '../architecture/variants.ts';
import { countOf } from '../formats/elements.ts';
import { tensorSpecs } from '../model/layout.ts';
import { isTokenEmbedding, sum } from './facts.ts';
import { aligned, grouped, short } from './report.ts';

/** The paper's base size, which is RoBERTa's. */
const HIDDEN = 768;
const VOCABULARY = 50265;

interface Formula {
  readonly variant: Exclude<Variant, 'ngram' | 'vocab'>;
  /** As people write it. */
  readonly formula: string;
  readonly embedding: number;
}

/** Token embeddings as HashFormers (EMNLP 2022, arXiv 2210.07904) counts them: without rows for special tokens. */
const FORMULAS: readonly Formula[] = [
  { variant: 'emb', formula: '50,265 x 768', embedding: VOCABULARY * HIDDEN },
  { variant: 'pool', formula: '(1,025 + 13) x 768', embedding: (POOL_COMPONENTS + POOL_CHUNKS) * HIDDEN },
  { variant: 'add', formula: '2 x 128 x 768', embedding: 2 * HASH_BITS * HIDDEN },
  { variant: 'proj', formula: '(128 + 1) x 768', embedding: (HASH_BITS + 1) * HIDDEN },
];

/** Everything but the token embedding: positions, types, layers; no head. */
function encoderParameters(): number {
  const config = parseConfig({
    variant: 'emb',
    hidden_size: HIDDEN,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    intermediate_size: 3072,
    max_position_embeddings: 514,
  });
  return sum(
    tensorSpecs(config)
      .filter((spec) => spec.head === null && !isTokenEmbedding(spec))
      .map(({ shape }) => countOf(shape)),
  );
}

export interface PaperRow extends Formula {
  readonly encoder: number;
  readonly total: number;
  /** Size of the embedding as a share of that of `emb`. */
  readonly share: number;
}

export function paperRows(): PaperRow[] {
  const encoder = encoderParameters();
  return FORMULAS.map((row) => ({
    ...row,
    encoder,
    total: row.embedding + encoder,
    share: row.embedding / FORMULAS[0]!.embedding,
  }));
}

export function paperTable(): string {
  const rows = paperRows().map(({ variant, formula, embedding, total, share }) => [
    variant,
    formula,
    grouped(embedding),
    short(embedding),
    `${(share * 100).toFixed(2)}%`,
    grouped(total),
    short(total),
  ]);
  return (
    'Parameters at base size: 12 layers x 768, 12 heads, feed-forward 3072, 514 positions, no head\n\n' +
    aligned([['variant', 'token embedding', 'parameters', '', 'of emb', 'with encoder', ''], ...rows], 2)
  );
}
