// From nothing to the first answer: import, load the shipped model, classify one text.

import { pipeline } from '../../dist/node/index.js';

const classify = await pipeline('text-classification');
const [{ label }] = await classify('A charming and often affecting journey.');
console.log(label);
