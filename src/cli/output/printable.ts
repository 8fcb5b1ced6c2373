/** Control characters, and what turns the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text of somebody else's on one line, and such that it cannot steer the terminal. */
export function printable(text: string): string {
  return text.replace(/\s/g, ' ').replace(UNPRINTABLE, '�');
}
