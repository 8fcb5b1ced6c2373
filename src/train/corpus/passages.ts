/** Bytes of paragraphs that stay together when a corpus is shuffled: a few sequences of one document. */
export const PASSAGE = 4096;

/** Where a paragraph is in an order of passages: which passage of the order, which paragraph of it. */
export interface Place {
  readonly passage: number;
  readonly paragraph: number;
}

export interface Paragraph {
  readonly text: string;
  readonly place: Place;
}

/** Text to pre-train on, in passages of some paragraphs, which can be read in any order. */
export interface Passages {
  /** How many passages it is cut into. */
  readonly passages: number;
  /** Non-blank lines. */
  readonly paragraphs: number;
  /** Their bytes. */
  readonly bytes: number;
  /** A checksum of them: tells whether a resumed run has the same corpus. */
  readonly digest: string;
  /** The paragraphs of a passage. */
  read(passage: number): Promise<readonly string[]>;
  /** Gives up what it holds. */
  close(): Promise<void>;
}

/**
 * Paragraph after paragraph in an order of passages, from any place.
 *
 * @param order passages, as epochOrder() gives them, or some of them
 */
export async function* readInOrder(
  corpus: Pick<Passages, 'read'>,
  order: ArrayLike<number>,
  from: Place = { passage: 0, paragraph: 0 },
): AsyncGenerator<Paragraph> {
  let first = from.paragraph;
  for (let passage = from.passage; passage < order.length; passage++) {
    const texts = await corpus.read(order[passage]!);
    for (let paragraph = first; paragraph < texts.length; paragraph++) {
      yield { text: texts[paragraph]!, place: { passage, paragraph } };
    }
    first = 0;
  }
}
