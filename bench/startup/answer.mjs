// From nothing to the first answer: import, load the shipped model, classify one text.

import { pipeline } from '../../dist/node/index.js';

const classify = await pipeline('text-classification');
const [{ label }] = await classify('A charming and often affecting journey.');
// Not console.log: making Node's stdout stream takes longer than the answer.
process.getBuiltinModule('node:fs').writeSync(1, label);
