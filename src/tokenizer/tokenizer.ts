export { type Assemble, assemble, type Sequence, SPECIAL } from './assemble.ts';
export { type Pieces, split } from './split.ts';
