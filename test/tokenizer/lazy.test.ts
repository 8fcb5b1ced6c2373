import { expect, it, vi } from 'vitest';
import { assemble } from '../../src/tokenizer/tokenizer.ts';

vi.mock('../../src/tokenizer/tables.ts', () => ({
  get TABLES() {
    throw new Error('The tables were read.');
  },
}));

it('reads no table for a text of ASCII, and one for any other', () => {
  const ascii = Array.from({ length: 128 }, (_, i) => String.fromCharCode(i)).join('');
  expect(assemble([ascii, `A${ascii}`], 'unicode', 64).ids.length).toBeGreaterThan(4);
  expect(() => assemble('é', 'unicode', 64)).toThrow('The tables were read.');
});
