import type { Block } from './blocks.ts';

/** The lines of a block, without their ends. */
export function splitLines({ bytes }: Block): string[] {
  const lines = bytes.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}
