/** The settings of a BertNormalizer in a tokenizer.json. */
export interface BertNormalization {
  readonly clean_text?: boolean;
  readonly handle_chinese_chars?: boolean;
  /** Null: as `lowercase`. */
  readonly strip_accents?: boolean | null;
  readonly lowercase?: boolean;
}

/** The blocks of ideographs that BERT takes as words of one character, first and last code points. */
const IDEOGRAPHS = [
  [0x4e00, 0x9fff],
  [0x3400, 0x4dbf],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f],
  [0x2b740, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0xf900, 0xfaff],
  [0x2f800, 0x2fa1f],
] as const;

function isIdeograph(code: number): boolean {
  return code >= 0x3400 && IDEOGRAPHS.some(([first, last]) => code >= first && code <= last);
}

function clean(character: string): string {
  if (/^[\t\n\r]$/.test(character)) return ' ';
  if (/^[\0\ufffd\p{Cc}\p{Cf}\p{Co}\p{Cs}]$/u.test(character)) return '';
  return /^\p{White_Space}$/u.test(character) ? ' ' : character;
}

/**
 * What Hugging Face's tokenizers do for a BertNormalizer, in this order: control characters and white space,
 * spaces around ideographs, accents, lower case. Character by character, also beyond U+FFFF, and a final sigma is
 * like any other.
 */
export function normalizeBert(text: string, settings: BertNormalization): string {
  const { clean_text = true, handle_chinese_chars = true, lowercase = true, strip_accents } = settings;
  let result = text;
  if (clean_text) result = Array.from(result, clean).join('');
  if (handle_chinese_chars) {
    result = Array.from(result, (c) => (isIdeograph(c.codePointAt(0)!) ? ` ${c} ` : c)).join('');
  }
  if (strip_accents ?? lowercase) result = result.normalize('NFD').replace(/\p{Mn}/gu, '');
  return lowercase ? Array.from(result, (c) => c.toLowerCase()).join('') : result;
}
